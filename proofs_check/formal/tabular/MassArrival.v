(** The time by which the good outputs have the mass rho: the growth of [GoodSet] along the flow, and [Arrival]. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Logarithms Divergence Arrival Softmax Flow Velocity SlowdownByKL GrowthRate Growth
  ObjectiveRises GoodSet.
Open Scope R_scope.

Section Flow.
Context {X : Type}.
Variables (l : list X) (r : X -> R) (lam S qmin : R) (theta : X -> R -> R) (good bad : X -> bool).
Hypothesis l_nonempty : l <> nil.
Hypothesis S_pos : 0 < S.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis r_bounded : forall i, In i l -> -1 <= r i <= 1.
Hypothesis qmin_pos : 0 < qmin.
Hypothesis qmin_le : forall i, In i l -> qmin <= policy l theta 0 i.
Hypothesis flow : two_sided_flow l r lam S theta.
Notation p := (policy l theta).
Let P t := rsum l (fun i => on good i * p t i).
Let B t := rsum l (fun i => on bad i * p t i).
Let M := ln (/ qmin).
Let velocity t := set_velocity l (p t) (p 0) r good lam.

Lemma pos t i : In i l -> 0 < p t i.
Proof. now apply policy_pos. Qed.
Lemma sum1 t : rsum l (p t) = 1.
Proof. now apply policy_sum. Qed.

Lemma M_nonneg0 : 0 <= M.
Proof. apply (M_nonneg l (p 0) (p 0) qmin); auto using pos, sum1. Qed.

Lemma mass_derive t : 0 < t -> is_derive P t (velocity t / S).
Proof.
  intros Ht.
  set (u := fun i => p t i * adv l r lam theta t i / S).
  assert (Hd : is_derive P t (rsum l (fun i => on good i * (p t i * (u i - mean l (p t) u))))).
  { apply (is_derive_rsum l (fun i s => on good i * p s i)). intros i Hi.
    apply (is_derive_scal (fun s => p s i) t (on good i)).
    apply (softmax_derive l theta t u); auto. intros k Hk. now apply flow. }
  refine (derive_eq _ _ _ _ Hd _). unfold velocity, set_velocity.
  transitivity (/ S * rsum l (fun i => on good i * (p t i * (p t i * (r i - mean l (p t) r - lam * (ln (p t i / p 0 i) - kl l (p t) (p 0)))
    - rsum l (fun k => p t k * (p t k * (r k - mean l (p t) r - lam * (ln (p t k / p 0 k) - kl l (p t) (p 0))))))))).
  - apply rsum_lin1. intros i _. unfold mean at 1.
    rewrite (rsum_lin1 l (fun k => p t k * u k) (/ S) (fun k => p t k * (p t k * (r k - mean l (p t) r - lam * (ln (p t k / p 0 k) - kl l (p t) (p 0)))))).
    + unfold u. rewrite adv_split. unfold kl, mean. field. lra.
    + intros k _. unfold u. rewrite adv_split. unfold kl, mean. field. lra.
  - unfold Rdiv. ring.
Qed.

Lemma mass_continuous t : 0 <= t -> continuous P t.
Proof.
  intros Ht. apply (continuous_rsum l (fun i s => on good i * p s i)). intros i Hi.
  apply (cont_mult (fun _ => on good i) (fun s => p s i)); [apply continuous_const|].
  apply softmax_continuous; auto. now apply (two_sided_continuous l r lam S theta flow).
Qed.

Lemma good_one : (exists i, In i l /\ good i = true) -> forall t, 0 < P t.
Proof.
  intros (i & Hi & Eg) t. apply Rlt_le_trans with (on good i * p t i).
  - unfold on. rewrite Eg. pose proof (pos t i Hi). lra.
  - apply (term_le_sum l (fun i => on good i * p t i)); auto.
    intros k Hk. apply Rmult_le_pos; [apply on_range|now apply Rlt_le, pos].
Qed.

Lemma bad_one : (exists i, In i l /\ good i = false) -> forall t, P t < 1.
Proof.
  intros (i & Hi & Eg) t.
  assert (H : (1 - on good i) * p t i <= rsum l (fun k => (1 - on good k) * p t k)).
  { apply (term_le_sum l (fun k => (1 - on good k) * p t k)); auto.
    intros k Hk. apply Rmult_le_pos; [pose proof (on_range good k); lra|now apply Rlt_le, pos]. }
  rewrite (rsum_lin2 l (fun k => (1 - on good k) * p t k) 1 (p t) (-1) (fun k => on good k * p t k)) in H by (intros; ring).
  rewrite sum1 in H. fold (P t) in H. unfold on in H. rewrite Eg in H. pose proof (pos t i Hi). lra.
Qed.

Hypothesis some_good : exists i, In i l /\ good i = true.
Hypothesis some_other : exists i, In i l /\ good i = false.

Section Margins.
Variables (Rtop h d rho b T : R).
Let V0 := mean l (p 0) r.
Let n := rsum l (on good).
Let kappa := Rtop - h - d / (1 - rho).
Let a := alpha l good lam qmin Rtop h d rho b.
Let be := beta l good lam qmin Rtop h d rho b.
Let loss := a + be / P 0.
Hypothesis good_rewards : forall i, In i l -> good i = true -> Rtop - d <= r i <= Rtop.
Hypothesis other_rewards : forall i, In i l -> good i = false -> bad i = false -> r i <= h /\ r i <= V0.
Hypothesis h_ge : -1 <= h.
Hypothesis d_nonneg : 0 <= d.
Hypothesis rho_lt : rho < 1.
Hypothesis kappa_pos : 0 < kappa.
Hypothesis start_below : P 0 < rho.
Hypothesis loss_small : loss < 1.
Hypothesis b_nonneg : 0 <= b.
Hypothesis B_le : forall t, 0 <= t <= T -> B t <= b.
Hypothesis late : S * n / kappa * (span rho - span (P 0)) / (1 - loss) <= T.

Lemma n_positive : 0 < n.
Proof.
  destruct some_good as (i & Hi & Eg). apply Rlt_le_trans with (on good i); [unfold on; rewrite Eg; lra|].
  apply (term_le_sum l (on good)); auto. intros; apply on_range.
Qed.

Lemma parts_nonneg : 0 <= a /\ 0 <= be.
Proof.
  pose proof n_positive. pose proof M_nonneg0.
  assert (0 <= n * lam * M) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; lra).
  assert (0 < 1 - rho) by lra. assert (Hk : 0 < kappa * (1 - rho)) by (apply Rmult_lt_0_compat; auto).
  assert (Hk2 : 0 < kappa * (1 - rho) ^ 2) by (apply Rmult_lt_0_compat; auto; now apply pow_lt).
  unfold a, be, alpha, beta. fold n. fold M. fold kappa. split; apply Rplus_le_le_0_compat; apply Rmult_le_pos;
    try (apply Rlt_le, Rinv_0_lt_compat; auto); try lra.
  apply Rmult_le_pos; [lra|apply pow2_ge_0].
Qed.

Lemma b_is_small : 2 * b <= kappa * (1 - rho).
Proof.
  destruct parts_nonneg as [Ha Hb]. pose proof (good_one some_good 0) as HP0. pose proof n_positive. pose proof M_nonneg0.
  assert (Q1 : 0 <= be / P 0) by (apply Rmult_le_pos; auto; apply Rlt_le, Rinv_0_lt_compat; auto).
  assert (0 < 1 - rho) by lra. assert (Hk : 0 < kappa * (1 - rho)) by (apply Rmult_lt_0_compat; auto).
  assert (Q2 : 2 * b / (kappa * (1 - rho)) <= 1).
  { apply Rle_trans with a; [|unfold loss in loss_small; lra]. unfold a, alpha. fold n. fold M. fold kappa.
    assert (0 <= 2 * n * lam * M / (kappa * (1 - rho))); [|lra].
    apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat; auto].
    replace (2 * n * lam * M) with (2 * (n * (lam * M))) by ring. apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; [lra|]. now apply Rmult_le_pos. }
  apply (Rmult_le_compat_r (kappa * (1 - rho))) in Q2; [|lra]. unfold Rdiv in Q2. rewrite Rmult_assoc, Rinv_l in Q2 by lra. lra.
Qed.

Theorem mass_arrives : exists t, 0 <= t <= T /\ rho <= P t.
Proof.
  destruct parts_nonneg as [Ha Hb]. pose proof n_positive as Hn.
  assert (HP : forall t, 0 < P t < 1) by (intros; split; [now apply good_one|now apply bad_one]).
  assert (Hk : 0 < kappa / (n * S)) by (apply Rdiv_lt_0_compat; auto; apply Rmult_lt_0_compat; auto).
  assert (HT0 : 0 <= T).
  { eapply Rle_trans; [|exact late]. destruct (HP 0). pose proof (span_increasing (P 0) rho ltac:(lra) start_below rho_lt).
    apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat; lra]. apply Rmult_le_pos; [|lra].
    apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply Rlt_le, Rinv_0_lt_compat; auto]. }
  apply (arrival P (fun t => velocity t / S) (kappa / (n * S)) a be rho T); auto.
  - intros t Ht. apply mass_continuous. lra.
  - intros t Ht. apply mass_derive. lra.
  - intros t x Ht Hx HPx.
    assert (Hother : forall i, In i l -> good i = false -> bad i = false -> r i <= h /\ r i <= mean l (p t) r).
    { intros i Hi Eg Eb. destruct (other_rewards i Hi Eg Eb) as [H1 H2]. split; auto.
      eapply Rle_trans; [exact H2|]. apply (reward_stays l r lam S theta); auto. lra. }
    pose proof (set_velocity_ge l (p t) (p 0) r good bad lam qmin (pos t) (pos 0) (sum1 t) (sum1 0) qmin_pos qmin_le lam_nonneg
      Rtop h d rho b x good_rewards Hother r_bounded h_ge d_nonneg rho_lt kappa_pos Hn Hx HPx (B_le t ltac:(lra)) b_is_small) as H.
    fold n a be kappa in H. fold (velocity t) in H.
    apply (Rmult_le_compat_r (/ S)) in H; [|apply Rlt_le, Rinv_0_lt_compat; auto].
    replace (kappa / (n * S) * (1 - (a + be / x)) * (P t ^ 2 * (1 - P t) ^ 2)) with
      (kappa / n * (1 - (a + be / x)) * (P t ^ 2 * (1 - P t) ^ 2) * / S) by (field; lra).
    exact H.
  - fold loss. replace ((span rho - span (P 0)) / (kappa / (n * S) * (1 - loss))) with (S * n / kappa * (span rho - span (P 0)) / (1 - loss)); auto.
    field. repeat split; lra.
Qed.
End Margins.

(** S-T6: one output of reward 1, K - 1 of reward -1. *)
Section TwoLevels.
Variables (K rho T : R).
Let kappa := 2 * K / (K - 1).
Let loss := 2 * lam * M / (kappa * (1 - rho)) + lam * M / kappa / P 0.
Hypothesis one_good : forall i, In i l -> good i = true -> r i = 1.
Hypothesis others_bad : forall i, In i l -> good i = false -> r i = -1.
Hypothesis count : rsum l (fun i => 1 - on good i) = K - 1.
Hypothesis K_gt_1 : 1 < K.
Hypothesis single : forall t, P t ^ 2 <= rsum l (fun i => on good i * p t i ^ 2).
Hypothesis rho_lt : rho < 1.
Hypothesis start_below : P 0 < rho.
Hypothesis loss_small : loss < 1.
Hypothesis late : S / kappa * (span rho - span (P 0)) / (1 - loss) <= T.

Theorem single_arrives : exists t, 0 <= t <= T /\ rho <= P t.
Proof.
  pose proof M_nonneg0 as HM.
  assert (HP : forall t, 0 < P t < 1) by (intros; split; [now apply good_one|now apply bad_one]).
  assert (Hkap : 0 < kappa) by (unfold kappa; apply Rdiv_lt_0_compat; lra).
  assert (Hk : 0 < kappa / S) by (apply Rdiv_lt_0_compat; auto).
  assert (HlM : 0 <= lam * M) by (apply Rmult_le_pos; auto).
  assert (HT0 : 0 <= T).
  { eapply Rle_trans; [|exact late]. destruct (HP 0). pose proof (span_increasing (P 0) rho ltac:(lra) start_below rho_lt).
    apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat; lra]. apply Rmult_le_pos; [|lra].
    apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; auto]. }
  apply (arrival P (fun t => velocity t / S) (kappa / S) (2 * lam * M / (kappa * (1 - rho))) (lam * M / kappa) rho T); auto.
  - apply Rmult_le_pos; [lra|]. apply Rlt_le, Rinv_0_lt_compat. apply Rmult_lt_0_compat; lra.
  - apply Rmult_le_pos; [lra|]. apply Rlt_le, Rinv_0_lt_compat; auto.
  - intros t Ht. apply mass_continuous. lra.
  - intros t Ht. apply mass_derive. lra.
  - intros t x Ht Hx HPx.
    pose proof (two_level_velocity_ge l (p t) (p 0) r good lam qmin (pos t) (pos 0) (sum1 t) (sum1 0) qmin_pos qmin_le lam_nonneg
      K one_good others_bad count K_gt_1 (single t) rho x rho_lt Hx HPx) as H. cbv zeta in H.
    change (kappa * (1 - (2 * lam * M / (kappa * (1 - rho)) + lam * M / kappa / x)) * (P t ^ 2 * (1 - P t) ^ 2) <= velocity t) in H.
    apply (Rmult_le_compat_r (/ S)) in H; [|apply Rlt_le, Rinv_0_lt_compat; auto].
    replace (kappa / S * (1 - (2 * lam * M / (kappa * (1 - rho)) + lam * M / kappa / x)) * (P t ^ 2 * (1 - P t) ^ 2)) with
      (kappa * (1 - (2 * lam * M / (kappa * (1 - rho)) + lam * M / kappa / x)) * (P t ^ 2 * (1 - P t) ^ 2) * / S) by (unfold Rdiv; ring).
    exact H.
  - fold loss. replace ((span rho - span (P 0)) / (kappa / S * (1 - loss))) with (S / kappa * (span rho - span (P 0)) / (1 - loss)); auto.
    field. repeat split; lra.
Qed.
End TwoLevels.
End Flow.
