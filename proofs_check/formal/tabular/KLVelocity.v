(** The KL part of the velocity of one output: Lemma 11 [lem11], and S-L11 for one output [s-lem11]. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum Moments Logarithms Divergence SlowdownByKL Growth.
Open Scope R_scope.

Section OneOutput.
Context {X : Type}.
Variables (l : list X) (p q : X -> R) (qmin : R).
Hypothesis p_pos : forall i, In i l -> 0 < p i.
Hypothesis q_pos : forall i, In i l -> 0 < q i.
Hypothesis p_sum : rsum l p = 1.
Hypothesis q_sum : rsum l q = 1.
Hypothesis qmin_pos : 0 < qmin.
Hypothesis qmin_le : forall i, In i l -> qmin <= q i.
Let M := ln (/ qmin).
Let KL := kl l p q.
Let B i := p i * (ln (p i / q i) - KL).

Lemma squares_le_1 f : (forall i, In i l -> 0 <= f i) -> rsum l f = 1 -> rsum l (fun i => f i ^ 2) <= 1.
Proof. intros Hf H. eapply Rle_trans; [now apply sum_sqr_le|]. rewrite H. lra. Qed.

(** Lemma 4, summed. *)
Lemma log_part_le : - rsum l (fun k => p k ^ 2 * ln (p k / q k)) <= / (2 * exp 1).
Proof.
  assert (He : 0 < / (2 * exp 1)) by (apply Rinv_0_lt_compat; pose proof (exp_pos 1); lra).
  rewrite <- (Rmult_1_l (rsum l _)), Ropp_mult_distr_l, <- rsum_scal.
  apply Rle_trans with (rsum l (fun k => / (2 * exp 1) * q k ^ 2)).
  - apply rsum_le. intros k Hk. pose proof (lem4 (p k) (q k) (p_pos k Hk) (q_pos k Hk)). unfold Rdiv in *. lra.
  - rewrite rsum_scal. pose proof (squares_le_1 q (fun i Hi => Rlt_le _ _ (q_pos i Hi)) q_sum). nra.
Qed.

Theorem lem11 i : In i l ->
  Rabs (p i ^ 2 * (ln (p i / q i) - KL) - p i * rsum l (fun k => p k ^ 2 * (ln (p k / q k) - KL)))
    <= p i * (2 * M + / (2 * exp 1)).
Proof.
  intros Hi.
  assert (HM : 0 <= M) by (apply (M_nonneg l p q qmin); auto).
  assert (HK : 0 <= KL <= M) by (split; [now apply kl_nonneg|now apply lem3]).
  assert (He : 0 < / (2 * exp 1)) by (apply Rinv_0_lt_compat; pose proof (exp_pos 1); lra).
  pose proof (p_pos i Hi) as Hp. pose proof (p_le_1 l p p_pos p_sum i Hi) as Hp1.
  assert (E : rsum l (fun k => p k ^ 2 * (ln (p k / q k) - KL)) = rsum l (fun k => p k * B k))
    by (apply rsum_ext; intros; unfold B; ring).
  rewrite E. replace (p i ^ 2 * (ln (p i / q i) - KL)) with (p i * B i) by (unfold B; ring).
  rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq (p i)) by lra. apply Rmult_le_compat_l; [lra|].
  pose proof (kl_growth_le l p q qmin p_pos q_pos p_sum q_sum qmin_pos qmin_le i Hi) as Hlow.
  change (rsum l (fun k => p k * B k) - B i <= 2 * M) in Hlow.
  assert (HB : B i <= M).
  { eapply Rle_trans; [apply (B_le l p q qmin); auto|]. fold M. assert (0 <= M * (1 - p i)) by (apply Rmult_le_pos; lra). lra. }
  assert (Hup : - rsum l (fun k => p k * B k) <= M + / (2 * exp 1)).
  { unfold B. rewrite (rsum_lin2 l _ 1 (fun k => p k ^ 2 * ln (p k / q k)) (- KL) (fun k => p k ^ 2)) by (intros; ring).
    pose proof log_part_le. pose proof (squares_le_1 p (fun i Hi => Rlt_le _ _ (p_pos i Hi)) p_sum).
    assert (0 <= rsum l (fun k => p k ^ 2)) by (apply rsum_nonneg; intros; apply pow2_ge_0).
    assert (KL * rsum l (fun k => p k ^ 2) <= M * 1) by (apply Rmult_le_compat; lra). lra. }
  apply Rabs_le. lra.
Qed.
End OneOutput.
