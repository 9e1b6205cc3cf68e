(** The Kullback-Leibler divergence: it is not negative (Gibbs), and at most ln(1/min q): Lemma 3 [lem3]. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum Logarithms.
Open Scope R_scope.

Section Divergence.
Context {X : Type}.
Variables (l : list X) (p q : X -> R).
Hypothesis p_pos : forall i, In i l -> 0 < p i.
Hypothesis q_pos : forall i, In i l -> 0 < q i.
Hypothesis p_sum : rsum l p = 1.
Hypothesis q_sum : rsum l q = 1.

Definition kl : R := rsum l (fun i => p i * ln (p i / q i)).

Lemma p_le_1 i : In i l -> p i <= 1.
Proof. intros Hi. rewrite <- p_sum. apply term_le_sum; auto. intros; now apply Rlt_le, p_pos. Qed.

(** Gibbs. *)
Lemma kl_nonneg : 0 <= kl.
Proof.
  assert (H : - kl <= rsum l (fun i => q i - p i)).
  { unfold kl. rewrite <- (Rmult_1_l (rsum l _)), Ropp_mult_distr_l, <- rsum_scal. apply rsum_le. intros i Hi.
    pose proof (p_pos i Hi) as Hp. pose proof (q_pos i Hi) as Hq.
    pose proof (ln_le_minus_1 (q i / p i) (Rdiv_lt_0_compat _ _ Hq Hp)) as H.
    replace (p i / q i) with (/ (q i / p i)) by (field; lra).
    rewrite ln_Rinv by (apply Rdiv_lt_0_compat; auto).
    replace (q i - p i) with (p i * (q i / p i - 1)) by (field; lra).
    replace (- (1) * (p i * - ln (q i / p i))) with (p i * ln (q i / p i)) by ring.
    apply Rmult_le_compat_l; lra. }
  rewrite rsum_minus, p_sum, q_sum in H. lra.
Qed.

Section Reference.
Variable qmin : R.
Hypothesis qmin_pos : 0 < qmin.
Hypothesis qmin_le : forall i, In i l -> qmin <= q i.

Lemma log_ratio_le i : In i l -> ln (p i / q i) <= ln (/ qmin).
Proof.
  intros Hi. pose proof (p_pos i Hi). pose proof (q_pos i Hi). pose proof (p_le_1 i Hi). pose proof (qmin_le i Hi).
  apply ln_le; [apply Rdiv_lt_0_compat; auto|].
  unfold Rdiv. rewrite <- (Rmult_1_l (/ qmin)). apply Rmult_le_compat; [lra| |lra|].
  - apply Rlt_le, Rinv_0_lt_compat; auto.
  - apply Rinv_le_contravar; auto.
Qed.

(** Lemma 3. *)
Lemma lem3 : kl <= ln (/ qmin).
Proof.
  rewrite <- (Rmult_1_r (ln (/ qmin))), <- p_sum, <- rsum_scal. apply rsum_le. intros i Hi.
  rewrite (Rmult_comm _ (p i)). apply Rmult_le_compat_l; [now apply Rlt_le, p_pos|]. now apply log_ratio_le.
Qed.
End Reference.
End Divergence.
