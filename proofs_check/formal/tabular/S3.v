(** S3 [s3], Proposition 3 [prop3], and the hitting time as an infimum. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Softmax Flow.
Open Scope R_scope.

Section Bounds.
Context {X : Type}.
Variables (l : list X) (r g : X -> R) (lam S gamma : R) (theta : X -> R -> R).
Notation p := (policy l theta).

Hypothesis l_nonempty : l <> nil.
Hypothesis S_pos : 0 < S.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis g_bounded : forall i, In i l -> -1 <= g i <= 1.
Hypothesis flow : gradient_flow l r lam S theta.

Lemma s3_product t : 0 <= t -> mean l (p 0) g + gamma <= mean l (p t) g ->
  4 * S * (1 - exp (- gamma / 2)) <= sqrt (var l (p 0) r) * t.
Proof.
  intros Ht Hgain. pose proof (extended_flow l r lam S theta flow) as Hflow.
  rewrite <- !(extended_policy l theta) in Hgain by lra. rewrite <- (extended_policy l theta) by lra.
  apply (s3_continuous l r lam S (extended theta) l_nonempty S_pos g gamma t); auto; intros; now apply Hflow.
Qed.

(** S3. *)
Theorem s3 t : 0 < var l (p 0) r -> 0 <= t -> mean l (p 0) g + gamma <= mean l (p t) g ->
  4 * S * (1 - exp (- gamma / 2)) / sqrt (var l (p 0) r) <= t.
Proof.
  intros HV Ht Hgain. pose proof (s3_product t Ht Hgain) as H.
  pose proof (sqrt_lt_R0 _ HV) as Hs.
  apply Rmult_le_reg_r with (sqrt (var l (p 0) r)); [auto|].
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

(** Without variance nothing is ever gained. *)
Corollary no_variance t : 0 < gamma -> var l (p 0) r = 0 -> 0 <= t -> mean l (p t) g < mean l (p 0) g + gamma.
Proof.
  intros Hg HV Ht. apply Rnot_le_lt. intros Hgain. pose proof (s3_product t Ht Hgain) as H.
  rewrite HV, sqrt_0, Rmult_0_l in H.
  assert (exp (- gamma / 2) < 1) by (rewrite <- exp_0; apply exp_increasing; lra). nra.
Qed.

(** The first time at which the expectation has risen by gamma; infinite if that never happens. *)
Definition hitting_time : Rbar := Glb_Rbar (fun t => 0 <= t /\ mean l (p 0) g + gamma <= mean l (p t) g).

Theorem s3_hitting_time : 0 < var l (p 0) r ->
  Rbar_le (4 * S * (1 - exp (- gamma / 2)) / sqrt (var l (p 0) r)) hitting_time.
Proof.
  intros HV. apply Glb_Rbar_correct. intros t [Ht Hgain]. simpl. now apply s3.
Qed.

(** Proposition 3 of the paper. *)
Corollary prop3 t : 0 < gamma -> 0 < var l (p 0) r -> 0 <= t -> mean l (p 0) g + gamma <= mean l (p t) g ->
  2 * S * (1 - exp (- gamma / 2)) / sqrt (var l (p 0) r) <= t.
Proof.
  intros Hg HV Ht Hgain. eapply Rle_trans; [|now apply s3].
  apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, sqrt_lt_R0, HV|].
  assert (exp (- gamma / 2) < 1) by (rewrite <- exp_0; apply exp_increasing; lra). nra.
Qed.

End Bounds.
