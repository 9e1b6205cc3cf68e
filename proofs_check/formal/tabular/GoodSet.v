(** The growth of a good set Y+ of outputs at one moment: the differential inequality of S-P4 [s-prop4] and S-T6
    [s-thm6-fast]. Good outputs have rewards in [R - d, R], bad ones are any, the others are at most h and at most the
    mean reward. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum Moments Logarithms Divergence SlowdownByKL.
Open Scope R_scope.

Definition on {X} (set : X -> bool) (i : X) : R := if set i then 1 else 0.

Lemma on_range {X} (set : X -> bool) i : 0 <= on set i <= 1.
Proof. unfold on. destruct (set i); lra. Qed.

Section GoodSet.
Context {X : Type}.
Variables (l : list X) (p q r : X -> R) (good bad : X -> bool) (lam qmin : R).
Hypothesis p_pos : forall i, In i l -> 0 < p i.
Hypothesis q_pos : forall i, In i l -> 0 < q i.
Hypothesis p_sum : rsum l p = 1.
Hypothesis q_sum : rsum l q = 1.
Hypothesis qmin_pos : 0 < qmin.
Hypothesis qmin_le : forall i, In i l -> qmin <= q i.
Hypothesis lam_nonneg : 0 <= lam.
Let M := ln (/ qmin).
Let V := mean l p r.
Let P := rsum l (fun i => on good i * p i).
Let B := rsum l (fun i => on bad i * p i).
Let n := rsum l (on good).
Let KL := kl l p q.
Let kappa_part i := p i * (ln (p i / q i) - KL).

(** |S| dP/dt, by Lemma 9. *)
Definition set_velocity : R := rsum l (fun i => on good i * (p i *
  ((p i * ((r i - V) - lam * (ln (p i / q i) - KL))) - rsum l (fun k => p k * (p k * ((r k - V) - lam * (ln (p k / q k) - KL))))))).

Let inner := rsum l (fun i => on good i * (p i ^ 2 * (r i - V))).
Let outer := rsum l (fun i => (1 - on good i) * (p i ^ 2 * (r i - V))).

Lemma velocity_split : set_velocity = (1 - P) * inner - P * outer
  - lam * rsum l (fun i => on good i * (p i * (kappa_part i - rsum l (fun k => p k * kappa_part k)))).
Proof.
  unfold set_velocity.
  set (Q := rsum l (fun k => p k * (p k * ((r k - V) - lam * (ln (p k / q k) - KL))))).
  set (K := rsum l (fun k => p k * kappa_part k)).
  assert (EQ : Q = inner + outer - lam * K).
  { unfold Q, inner, outer, K. rewrite (rsum_lin3 l _ 1 (fun i => on good i * (p i ^ 2 * (r i - V)))
      1 (fun i => (1 - on good i) * (p i ^ 2 * (r i - V))) (- lam) (fun k => p k * kappa_part k))
      by (intros; unfold kappa_part; ring). ring. }
  rewrite (rsum_lin3 l _ 1 (fun i => on good i * (p i ^ 2 * (r i - V))) (- lam) (fun i => on good i * (p i * (kappa_part i - K)))
    (- Q - lam * K) (fun i => on good i * p i)) by (intros; unfold kappa_part; ring).
  fold inner. fold P. rewrite EQ. ring.
Qed.

Lemma P_range : 0 <= P <= 1.
Proof.
  split.
  - apply rsum_nonneg. intros i Hi. apply Rmult_le_pos; [apply on_range|now apply Rlt_le, p_pos].
  - rewrite <- p_sum. apply rsum_le. intros i Hi. pose proof (on_range good i). pose proof (p_pos i Hi). nra.
Qed.

Lemma B_nonneg : 0 <= B.
Proof. apply rsum_nonneg. intros i Hi. apply Rmult_le_pos; [apply on_range|now apply Rlt_le, p_pos]. Qed.

Lemma kl_part_le : rsum l (fun i => on good i * (p i * (kappa_part i - rsum l (fun k => p k * kappa_part k))))
  <= M * P * (1 - P) * (1 + P).
Proof. apply (s_lem11 l p q good qmin); auto. Qed.

(** P^2 <= n sum over Y+ of p^2. *)
Lemma square_le : P ^ 2 <= n * rsum l (fun i => on good i * p i ^ 2).
Proof.
  pose proof (cauchy_schwarz l (on good) p (fun _ => 1) (fun i _ => proj1 (on_range good i))) as H. cbv beta in H.
  rewrite (rsum_ext l (fun i => on good i * (p i * 1)) (fun i => on good i * p i)) in H by (intros; ring).
  rewrite (rsum_ext l (fun i => on good i * 1 ^ 2) (on good)) in H by (intros; ring).
  fold P in H. fold n in H. lra.
Qed.

Section Margins.
Variables (Rtop h d rho b x : R).
Hypothesis good_rewards : forall i, In i l -> good i = true -> Rtop - d <= r i <= Rtop.
Hypothesis other_rewards : forall i, In i l -> good i = false -> bad i = false -> r i <= h /\ r i <= V.
Hypothesis r_bounded : forall i, In i l -> -1 <= r i <= 1.
Hypothesis h_ge : -1 <= h.
Hypothesis d_nonneg : 0 <= d.
Hypothesis rho_lt : rho < 1.
Let kappa := Rtop - h - d / (1 - rho).
Hypothesis kappa_pos : 0 < kappa.
Hypothesis n_pos : 0 < n.
Hypothesis x_pos : 0 < x.
Hypothesis P_between : x <= P <= rho.
Hypothesis B_le : B <= b.
Hypothesis b_small : 2 * b <= kappa * (1 - rho).

Lemma mean_le_parts : V <= P * Rtop + (1 - P) * h + 2 * B.
Proof.
  unfold V, mean.
  apply Rle_trans with (rsum l (fun i => p i * (on good i * Rtop + (1 - on good i) * h + 2 * on bad i))).
  - apply rsum_le. intros i Hi. apply Rmult_le_compat_l; [now apply Rlt_le, p_pos|].
    unfold on. destruct (good i) eqn:Eg; [destruct (good_rewards i Hi Eg); destruct (bad i); lra|].
    destruct (bad i) eqn:Eb; [pose proof (r_bounded i Hi); lra|]. destruct (other_rewards i Hi Eg Eb). lra.
  - right. rewrite (rsum_lin3 l _ (Rtop - h) (fun i => on good i * p i) h p 2 (fun i => on bad i * p i)) by (intros; ring).
    fold P. fold B. rewrite p_sum. ring.
Qed.

Let m := (1 - P) * kappa - 2 * B.

Lemma m_nonneg : 0 <= m.
Proof.
  unfold m. assert (kappa * (1 - rho) <= kappa * (1 - P)) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma good_advantage i : In i l -> good i = true -> m <= r i - V.
Proof.
  intros Hi Eg. pose proof mean_le_parts as HV. destruct (good_rewards i Hi Eg) as [Hr _].
  assert (Hd : d <= (1 - P) * (d / (1 - rho))).
  { replace d with ((1 - rho) * (d / (1 - rho))) at 1 by (field; lra). apply Rmult_le_compat_r; [|lra].
    apply Rmult_le_pos; [lra|]. apply Rlt_le, Rinv_0_lt_compat; lra. }
  unfold m, kappa. lra.
Qed.

Lemma inner_ge : m * (P ^ 2 / n) <= inner.
Proof.
  apply Rle_trans with (m * rsum l (fun i => on good i * p i ^ 2)).
  - apply Rmult_le_compat_l; [apply m_nonneg|]. apply Rmult_le_reg_l with n; auto.
    replace (n * (P ^ 2 / n)) with (P ^ 2) by (field; lra). apply square_le.
  - unfold inner. rewrite <- rsum_scal. apply rsum_le. intros i Hi. unfold on. destruct (good i) eqn:Eg; [|lra].
    pose proof (good_advantage i Hi Eg). pose proof (pow2_ge_0 (p i)). nra.
Qed.

Lemma outer_le : outer <= 2 * B ^ 2.
Proof.
  apply Rle_trans with (2 * rsum l (fun i => (on bad i * p i) ^ 2)).
  - unfold outer. rewrite <- rsum_scal. apply rsum_le. intros i Hi. pose proof (pow2_ge_0 (p i)) as Hp2.
    unfold on. destruct (good i) eqn:Eg; [destruct (bad i); nra|]. destruct (bad i) eqn:Eb.
    + assert (r i - V <= 2); [|nra]. pose proof (r_bounded i Hi).
      assert (-1 <= V); [|lra]. unfold V. rewrite <- (mean_const l p p_sum (-1)). apply mean_le; [intros; now apply Rlt_le, p_pos|].
      intros k Hk. now apply r_bounded.
    + destruct (other_rewards i Hi Eg Eb). nra.
  - apply Rmult_le_compat_l; [lra|]. unfold B. apply sum_sqr_le. intros i Hi.
    apply Rmult_le_pos; [apply on_range|now apply Rlt_le, p_pos].
Qed.

(** The rate, with what can be lost at a probability of at least x. *)
Definition alpha := 2 * n * lam * M / (kappa * (1 - rho)) + 2 * b / (kappa * (1 - rho)).
Definition beta := n * lam * M / kappa + 2 * n * b ^ 2 / (kappa * (1 - rho) ^ 2).

Theorem set_velocity_ge : kappa / n * (1 - (alpha + beta / x)) * (P ^ 2 * (1 - P) ^ 2) <= set_velocity.
Proof.
  pose proof inner_ge as Hin. pose proof outer_le as Hout. pose proof kl_part_le as Hkl. pose proof B_nonneg as HB.
  assert (HM : 0 <= M) by (apply (M_nonneg l p q qmin); auto).
  assert (HP : 0 < P < 1) by lra.
  set (u := (1 - P) / (1 - rho)). set (v := P / x).
  assert (Hu : 1 <= u) by (unfold u; apply Rmult_le_reg_r with (1 - rho); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra).
  assert (Hv : 1 <= v) by (unfold v; apply Rmult_le_reg_r with x; [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra).
  assert (E : kappa / n * (1 - (alpha + beta / x)) * (P ^ 2 * (1 - P) ^ 2)
    = kappa / n * (P ^ 2 * (1 - P) ^ 2) - lam * M * (2 * P ^ 2 * (1 - P) * u) - 2 * b * (P ^ 2 * (1 - P) * u) / n
      - lam * M * (P * (1 - P) ^ 2 * v) - 2 * b ^ 2 * (P * (u * u) * v)).
  { unfold alpha, beta, u, v. field. repeat split; lra. }
  rewrite E, velocity_split.
  assert (H1 : (1 - P) * (m * (P ^ 2 / n)) <= (1 - P) * inner) by (apply Rmult_le_compat_l; lra).
  assert (H2 : P * outer <= P * (2 * B ^ 2)) by (apply Rmult_le_compat_l; lra).
  apply (Rmult_le_compat_l lam) in Hkl; auto.
  assert (H3 : 2 * b * (P ^ 2 * (1 - P)) <= 2 * b * (P ^ 2 * (1 - P) * u)).
  { rewrite <- (Rmult_1_r (P ^ 2 * (1 - P))) at 1. apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; auto.
    apply Rmult_le_pos; [apply pow2_ge_0|lra]. }
  assert (H3' : 2 * B * (P ^ 2 * (1 - P)) <= 2 * b * (P ^ 2 * (1 - P))).
  { apply Rmult_le_compat_r; [apply Rmult_le_pos; [apply pow2_ge_0|lra]|lra]. }
  assert (H4 : P * (2 * B ^ 2) <= 2 * b ^ 2 * (P * (u * u) * v)).
  { assert (B ^ 2 <= b ^ 2) by (apply pow_incr; lra).
    assert (Huv : 1 <= u * u * v) by (assert (1 <= u * u) by nra; nra).
    assert (0 <= P * b ^ 2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]).
    assert (P * b ^ 2 * 1 <= P * b ^ 2 * (u * u * v)) by (apply Rmult_le_compat_l; auto).
    assert (P * B ^ 2 <= P * b ^ 2) by (apply Rmult_le_compat_l; lra). lra. }
  assert (H5 : M * P * (1 - P) * (1 + P) <= M * (2 * P ^ 2 * (1 - P) * u) + M * (P * (1 - P) ^ 2 * v)).
  { assert (Ha : 0 <= M * (2 * P ^ 2 * (1 - P))) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; [pose proof (pow2_ge_0 P)|]; lra).
    assert (Hb : 0 <= M * (P * (1 - P) ^ 2)) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; [lra|apply pow2_ge_0]).
    assert (M * (2 * P ^ 2 * (1 - P)) * 1 <= M * (2 * P ^ 2 * (1 - P)) * u) by (apply Rmult_le_compat_l; auto).
    assert (M * (P * (1 - P) ^ 2) * 1 <= M * (P * (1 - P) ^ 2) * v) by (apply Rmult_le_compat_l; auto). lra. }
  apply (Rmult_le_compat_l lam) in H5; auto.
  assert (H6 : kappa / n * (P ^ 2 * (1 - P) ^ 2) - 2 * b * (P ^ 2 * (1 - P) * u) / n <= (1 - P) * (m * (P ^ 2 / n))).
  { unfold m. apply Rmult_le_reg_r with n; auto.
    replace ((kappa / n * (P ^ 2 * (1 - P) ^ 2) - 2 * b * (P ^ 2 * (1 - P) * u) / n) * n)
      with (kappa * (P ^ 2 * (1 - P) ^ 2) - 2 * b * (P ^ 2 * (1 - P) * u)) by (field; lra).
    replace ((1 - P) * (((1 - P) * kappa - 2 * B) * (P ^ 2 / n)) * n)
      with (kappa * (P ^ 2 * (1 - P) ^ 2) - 2 * B * (P ^ 2 * (1 - P))) by (field; lra). lra. }
  lra.
Qed.
End Margins.

(** Two levels of reward, high on one good output and low on the others: the others lose to each other. *)
Section TwoLevels.
Variables (y : X) (K : R).
Hypothesis one_good : forall i, In i l -> good i = true -> r i = 1.
Hypothesis others_bad : forall i, In i l -> good i = false -> r i = -1.
Hypothesis count : rsum l (fun i => 1 - on good i) = K - 1.
Hypothesis K_gt_1 : 1 < K.
Hypothesis single : P ^ 2 <= rsum l (fun i => on good i * p i ^ 2).

Lemma two_level_mean : V = 2 * P - 1.
Proof.
  unfold V, mean. rewrite (rsum_lin2 l _ 2 (fun i => on good i * p i) (-1) p).
  - fold P. rewrite p_sum. ring.
  - intros i Hi. unfold on. destruct (good i) eqn:Eg; [rewrite (one_good i Hi Eg)|rewrite (others_bad i Hi Eg)]; ring.
Qed.

Theorem two_level_velocity_ge rho x : rho < 1 -> 0 < x -> x <= P <= rho -> let kappa := 2 * K / (K - 1) in
  kappa * (1 - (2 * lam * M / (kappa * (1 - rho)) + lam * M / kappa / x)) * (P ^ 2 * (1 - P) ^ 2) <= set_velocity.
Proof.
  intros Hrho Hx HPb kappa. pose proof kl_part_le as Hkl.
  assert (HM : 0 <= M) by (apply (M_nonneg l p q qmin); auto).
  assert (HP : 0 < P < 1) by lra.
  assert (Hkap : 0 < kappa) by (unfold kappa; apply Rdiv_lt_0_compat; lra).
  assert (Hin : 2 * (1 - P) * P ^ 2 <= inner).
  { apply Rle_trans with (2 * (1 - P) * rsum l (fun i => on good i * p i ^ 2)).
    - apply Rmult_le_compat_l; auto; lra.
    - right. unfold inner. rewrite <- rsum_scal. apply rsum_ext. intros i Hi. rewrite two_level_mean. unfold on.
      destruct (good i) eqn:Eg; [rewrite (one_good i Hi Eg)|]; ring. }
  assert (Hrest : (1 - P) ^ 2 <= (K - 1) * rsum l (fun i => (1 - on good i) * p i ^ 2)).
  { pose proof (cauchy_schwarz l (fun i => 1 - on good i) p (fun _ => 1)) as H. cbv beta in H.
    rewrite (rsum_lin2 l (fun i => (1 - on good i) * (p i * 1)) 1 p (-1) (fun i => on good i * p i)) in H by (intros; ring).
    rewrite (rsum_ext l (fun i => (1 - on good i) * 1 ^ 2) (fun i => 1 - on good i)) in H by (intros; ring).
    fold P in H. rewrite count, p_sum in H. replace (1 * 1 + -1 * P) with (1 - P) in H by ring.
    rewrite (Rmult_comm (K - 1)). apply H. intros i _. pose proof (on_range good i). lra. }
  assert (Hout : outer = - (2 * P) * rsum l (fun i => (1 - on good i) * p i ^ 2)).
  { unfold outer. apply rsum_lin1. intros i Hi. rewrite two_level_mean. unfold on.
    destruct (good i) eqn:Eg; [|rewrite (others_bad i Hi Eg)]; ring. }
  set (R2 := rsum l (fun i => (1 - on good i) * p i ^ 2)) in *.
  assert (HR2 : (1 - P) ^ 2 / (K - 1) <= R2).
  { apply Rmult_le_reg_l with (K - 1); [lra|]. replace ((K - 1) * ((1 - P) ^ 2 / (K - 1))) with ((1 - P) ^ 2) by (field; lra). exact Hrest. }
  set (u := (1 - P) / (1 - rho)). set (v := P / x).
  assert (Hu : 1 <= u) by (unfold u; apply Rmult_le_reg_r with (1 - rho); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra).
  assert (Hv : 1 <= v) by (unfold v; apply Rmult_le_reg_r with x; [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra).
  assert (E : kappa * (1 - (2 * lam * M / (kappa * (1 - rho)) + lam * M / kappa / x)) * (P ^ 2 * (1 - P) ^ 2)
    = kappa * (P ^ 2 * (1 - P) ^ 2) - lam * M * (2 * P ^ 2 * (1 - P) * u) - lam * M * (P * (1 - P) ^ 2 * v)).
  { unfold u, v. field. repeat split; lra. }
  rewrite E, velocity_split, Hout.
  apply (Rmult_le_compat_l lam) in Hkl; auto.
  assert (H5 : M * P * (1 - P) * (1 + P) <= M * (2 * P ^ 2 * (1 - P) * u) + M * (P * (1 - P) ^ 2 * v)).
  { assert (Ha : 0 <= M * (2 * P ^ 2 * (1 - P))) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; [pose proof (pow2_ge_0 P)|]; lra).
    assert (Hb : 0 <= M * (P * (1 - P) ^ 2)) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; [lra|apply pow2_ge_0]).
    assert (M * (2 * P ^ 2 * (1 - P)) * 1 <= M * (2 * P ^ 2 * (1 - P)) * u) by (apply Rmult_le_compat_l; auto).
    assert (M * (P * (1 - P) ^ 2) * 1 <= M * (P * (1 - P) ^ 2) * v) by (apply Rmult_le_compat_l; auto). lra. }
  apply (Rmult_le_compat_l lam) in H5; auto.
  assert (H1 : (1 - P) * (2 * (1 - P) * P ^ 2) <= (1 - P) * inner) by (apply Rmult_le_compat_l; lra).
  assert (H2 : 2 * P ^ 2 * ((1 - P) ^ 2 / (K - 1)) <= 2 * P ^ 2 * R2) by (apply Rmult_le_compat_l; auto; pose proof (pow2_ge_0 P); lra).
  assert (E2 : kappa * (P ^ 2 * (1 - P) ^ 2) = (1 - P) * (2 * (1 - P) * P ^ 2) + 2 * P ^ 2 * ((1 - P) ^ 2 / (K - 1)))
    by (unfold kappa; field; lra).
  rewrite E2. replace (P * (- (2 * P) * R2)) with (- (2 * P ^ 2 * R2)) by ring. lra.
Qed.
End TwoLevels.
End GoodSet.
