(** The policy gradient of a tabular policy: Lemmas 7 [lem7] and 8 [lem8]. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Softmax.
Open Scope R_scope.

Section Gradient.
Context {X : Type}.
Variables (l : list X) (p A : X -> R).
Hypothesis p_nonneg : forall i, In i l -> 0 <= p i.
Hypothesis p_sum : rsum l p = 1.

(** Lemma 8: the l1 norm of the gradient p A is at most sigma. *)
Lemma lem8 : rsum l (fun i => Rabs (p i * A i)) <= sqrt (mean l p (fun i => A i ^ 2)).
Proof.
  rewrite (rsum_ext l _ (fun i => p i * Rabs (A i))); [now apply mean_abs_le|].
  intros i Hi. rewrite Rabs_mult, Rabs_pos_eq; auto.
Qed.
End Gradient.

(** Lemma 7: the gradient of the objective, as a directional derivative along any differentiable path of logits. *)
Section Objective.
Context {X : Type}.
Variables (l : list X) (r q : X -> R) (lam : R) (theta : X -> R -> R) (t : R) (u : X -> R).
Hypothesis l_nonempty : l <> nil.
Hypothesis q_pos : forall i, In i l -> 0 < q i.
Hypothesis theta_derive : forall k, In k l -> is_derive (theta k) t (u k).
Let p s := softmax l (fun k => theta k s).
Let R_ s i := r i - lam * ln (p s i / q i).

Lemma lem7 : is_derive (fun s => mean l (p s) (R_ s)) t
  (rsum l (fun i => p t i * (R_ t i - mean l (p t) (R_ t)) * u i)).
Proof.
  set (ub := mean l (p t) u).
  assert (HR : forall i, In i l -> is_derive (fun s => R_ s i) t (- lam * (u i - ub))).
  { intros i Hi. unfold R_.
    pose proof (log_ratio_derive l theta t u theta_derive i (q i) Hi (q_pos i Hi)) as Hd.
    pose proof (is_derive_scal _ t lam _ Hd) as Hs.
    pose proof (is_derive_minus (fun _ => r i) _ t 0 _ (is_derive_const (r i) t) Hs) as Hm.
    refine (derive_eq _ _ _ _ Hm _). unfold minus, plus, opp, scal; simpl. unfold mult; simpl.
    change (mean l (softmax l (fun k => theta k t)) u) with ub. ring. }
  refine (derive_eq _ _ _ _ (mean_derive l theta t u theta_derive R_ _ HR) _).
  change (softmax l (fun k => theta k t)) with (p t). fold ub.
  set (Rb := mean l (p t) (R_ t)). unfold mean.
  rewrite (rsum_lin2 l (fun i => p t i * ((u i - ub) * R_ t i)) 1 (fun i => p t i * u i * R_ t i) (- ub) (fun i => p t i * R_ t i))
    by (intros; ring).
  rewrite (rsum_lin2 l (fun i => p t i * (- lam * (u i - ub))) (- lam) (fun i => p t i * u i) (lam * ub) (p t))
    by (intros; ring).
  rewrite (rsum_lin2 l (fun i => p t i * (R_ t i - Rb) * u i) 1 (fun i => p t i * u i * R_ t i) (- Rb) (fun i => p t i * u i))
    by (intros; ring).
  change (rsum l (fun i => p t i * u i)) with ub. change (rsum l (fun i => p t i * R_ t i)) with Rb.
  assert (Hsum : rsum l (p t) = 1) by (apply softmax_sum; auto). rewrite Hsum. ring.
Qed.
End Objective.
