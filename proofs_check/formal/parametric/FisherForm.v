(** The Fisher form of the flat landscape: S0 [s0]. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum Moments.
Open Scope R_scope.

Section S0.
Context {Y D : Type}.
Variables (l : list Y) (p A : Y -> R) (d : list D) (score : Y -> D -> R).
Hypothesis p_nonneg : forall i, In i l -> 0 <= p i.
Definition dot (u v : D -> R) : R := rsum d (fun j => u j * v j).
(** grad phi = E[A score]. *)
Let grad : D -> R := fun j => mean l p (fun y => A y * score y j).
Variable lmax : R.
(** u^T F u = E (u . score)^2 <= lambda_max |u|^2. *)
Hypothesis lmax_nonneg : 0 <= lmax.
Hypothesis fisher_le : forall u, mean l p (fun y => dot u (score y) ^ 2) <= lmax * dot u u.

Lemma grad_dot u : dot u grad = mean l p (fun y => A y * dot u (score y)).
Proof.
  unfold dot, grad, mean.
  rewrite (rsum_ext d _ (fun j => rsum l (fun y => p y * A y * u j * score y j))).
  - rewrite rsum_exchange. apply rsum_ext; intros y Hy. rewrite <- !rsum_scal. apply rsum_ext; intros; ring.
  - intros j _. rewrite <- rsum_scal. apply rsum_ext; intros; ring.
Qed.

Theorem s0 : dot grad grad <= lmax * mean l p (fun y => A y ^ 2).
Proof.
  pose proof (mean_cauchy_schwarz l p A (fun y => dot grad (score y)) p_nonneg) as H.
  cbv beta in H. rewrite <- grad_dot in H.
  pose proof (fisher_le grad) as HF.
  assert (HN : 0 <= dot grad grad) by (apply rsum_nonneg; intros; nra).
  assert (HV : 0 <= mean l p (fun y => A y ^ 2)) by (apply mean_nonneg; auto; intros; apply pow2_ge_0).
  destruct HN as [HN|HN].
  - apply Rmult_le_reg_r with (dot grad grad); [auto|]. nra.
  - rewrite <- HN. nra.
Qed.
End S0.
