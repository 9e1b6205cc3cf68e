(** How much the KL term can slow a set of outputs down: S-L11 [s-lem11]. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum Logarithms Divergence.
Open Scope R_scope.

(** S-L11: B = p (ln(p/q) - KL) sums to zero; for a set given by [inside], of probability P,
    sum over the set of p (B - sum p B) <= M P (1-P) (1+P), with M = ln(1/min q). *)
Section SL11.
Context {X : Type}.
Variables (l : list X) (p q : X -> R) (inside : X -> bool) (qmin : R).
Hypothesis p_pos : forall i, In i l -> 0 < p i.
Hypothesis q_pos : forall i, In i l -> 0 < q i.
Hypothesis p_sum : rsum l p = 1.
Hypothesis q_sum : rsum l q = 1.
Hypothesis qmin_pos : 0 < qmin.
Hypothesis qmin_le : forall i, In i l -> qmin <= q i.
Let M := ln (/ qmin).
Let KL := kl l p q.
Let B i := p i * (ln (p i / q i) - KL).
Let on i := if inside i then 1 else 0.
Let P := rsum l (fun i => on i * p i).
Let sumB := rsum l (fun i => p i * B i).

Lemma B_sum : rsum l B = 0.
Proof.
  unfold B. rewrite (rsum_lin2 l _ 1 (fun i => p i * ln (p i / q i)) (- KL) p) by (intros; ring).
  rewrite p_sum. change (rsum l (fun i => p i * ln (p i / q i))) with KL. ring.
Qed.

Lemma on_01 i : 0 <= on i <= 1.
Proof. unfold on. destruct (inside i); lra. Qed.

Lemma on_sqr i : on i * on i = on i.
Proof. unfold on. destruct (inside i); ring. Qed.

Lemma B_le i : In i l -> B i <= p i * M.
Proof.
  intros Hi. apply Rmult_le_compat_l; [now apply Rlt_le, p_pos|].
  pose proof (log_ratio_le l p q p_pos q_pos p_sum qmin qmin_pos qmin_le i Hi).
  pose proof (kl_nonneg l p q p_pos q_pos p_sum q_sum). fold KL in H0. fold M in H. lra.
Qed.

Lemma M_nonneg : 0 <= M.
Proof.
  eapply Rle_trans; [apply (kl_nonneg l p q); auto|]. now apply lem3.
Qed.

Lemma P_bounds : 0 <= P <= 1.
Proof.
  split.
  - apply rsum_nonneg. intros i Hi. apply Rmult_le_pos; [apply on_01|now apply Rlt_le, p_pos].
  - rewrite <- p_sum. apply rsum_le. intros i Hi. pose proof (on_01 i). pose proof (p_pos i Hi). nra.
Qed.

(** A probability outside the set is at most 1 - P. *)
Lemma outside_le i : In i l -> on i = 0 -> p i <= 1 - P.
Proof.
  intros Hi H0.
  assert (H : (1 - on i) * p i <= rsum l (fun k => (1 - on k) * p k)).
  { apply (term_le_sum l (fun k => (1 - on k) * p k)); auto.
    intros k Hk. pose proof (on_01 k). pose proof (p_pos k Hk). nra. }
  rewrite (rsum_lin2 l (fun k => (1 - on k) * p k) 1 p (-1) (fun k => on k * p k)) in H by (intros; ring).
  rewrite p_sum in H. fold P in H. rewrite H0 in H. lra.
Qed.

(** A probability inside the set is at most P. *)
Lemma inside_le i : In i l -> on i = 1 -> p i <= P.
Proof.
  intros Hi H1.
  assert (H : on i * p i <= P).
  { apply (term_le_sum l (fun k => on k * p k)); auto.
    intros k Hk. apply Rmult_le_pos; [apply on_01|now apply Rlt_le, p_pos]. }
  rewrite H1 in H. lra.
Qed.

Lemma inside_part : rsum l (fun i => on i * (p i * B i)) <= M * P ^ 2.
Proof.
  pose proof M_nonneg as HM. pose proof P_bounds as HP.
  replace (M * P ^ 2) with (M * P * P) by ring. unfold P at 2. rewrite <- rsum_scal. apply rsum_le. intros i Hi.
  pose proof (B_le i Hi) as HB. pose proof (p_pos i Hi) as Hp.
  unfold on at 1 2. destruct (inside i) eqn:E; [|lra].
  assert (Hin : p i <= P) by (apply inside_le; auto; unfold on; now rewrite E).
  assert (p i * B i <= p i * (p i * M)) by (apply Rmult_le_compat_l; lra).
  assert (p i * M <= P * M) by (apply Rmult_le_compat_r; auto).
  assert (p i * (p i * M) <= p i * (P * M)) by (apply Rmult_le_compat_l; lra).
  lra.
Qed.

Lemma outside_part : - ((1 - P) * M) <= rsum l (fun i => (1 - on i) * (p i * B i)).
Proof.
  pose proof M_nonneg as HM. pose proof P_bounds as HP.
  (* the negative parts of B sum to what the positive parts do, at most M *)
  assert (Hneg : rsum l (fun i => Rmax 0 (- B i)) <= M).
  { replace (rsum l (fun i => Rmax 0 (- B i))) with (rsum l (fun i => Rmax 0 (- B i) + B i))
      by (rewrite rsum_plus, B_sum; ring).
    rewrite <- (Rmult_1_r M), <- p_sum, <- rsum_scal. apply rsum_le. intros i Hi.
    pose proof (B_le i Hi). pose proof (p_pos i Hi).
    assert (0 <= M * p i) by (apply Rmult_le_pos; lra).
    destruct (Rle_or_lt 0 (- B i)); [rewrite Rmax_right by auto|rewrite Rmax_left by lra]; lra. }
  apply Rle_trans with (- (1 - P) * rsum l (fun i => Rmax 0 (- B i))); [nra|].
  rewrite <- rsum_scal. apply rsum_le. intros i Hi. pose proof (p_pos i Hi) as Hp.
  pose proof (Rmax_l 0 (- B i)) as Hm0. pose proof (Rmax_r 0 (- B i)) as Hm1.
  assert (Hpm : 0 <= (1 - P) * Rmax 0 (- B i)) by (apply Rmult_le_pos; lra).
  unfold on. destruct (inside i) eqn:E; [lra|].
  assert (Hout : p i <= 1 - P) by (apply outside_le; auto; unfold on; now rewrite E).
  assert (p i * Rmax 0 (- B i) <= (1 - P) * Rmax 0 (- B i)) by (apply Rmult_le_compat_r; auto).
  assert (p i * - B i <= p i * Rmax 0 (- B i)) by (apply Rmult_le_compat_l; lra).
  lra.
Qed.

Theorem s_lem11 : rsum l (fun i => on i * (p i * (B i - sumB))) <= M * P * (1 - P) * (1 + P).
Proof.
  pose proof P_bounds as HP. pose proof inside_part as Hi. pose proof outside_part as Ho.
  rewrite (rsum_lin2 l _ 1 (fun i => on i * (p i * B i)) (- sumB) (fun i => on i * p i)) by (intros; ring).
  fold P.
  rewrite (rsum_lin2 l (fun i => (1 - on i) * (p i * B i)) 1 (fun i => p i * B i) (-1) (fun i => on i * (p i * B i))) in Ho
    by (intros; ring).
  fold sumB in Ho. set (I := rsum l (fun i => on i * (p i * B i))) in *.
  (* 1 * I - sumB * P = (1-P) I - P (sumB - I) *)
  assert ((1 - P) * I <= (1 - P) * (M * P ^ 2)) by (apply Rmult_le_compat_l; lra).
  assert (P * (- ((1 - P) * M)) <= P * (1 * sumB + -1 * I)) by (apply Rmult_le_compat_l; lra).
  nra.
Qed.
End SL11.
