(** The time by which the expected reward has risen for certain: S-P4 [s-prop4], with S-T5 [s-thm5-fast] as its case of
    one good output, and S-T6 [s-thm6-fast]. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Logarithms Divergence Arrival Softmax Flow Velocity SlowdownByKL GrowthRate Growth
  ObjectiveRises GoodSet.
Open Scope R_scope.

(** Whoever makes the good outputs with probability rho or more has the expected reward that is wanted. *)
Lemma enough_mass {X} (l : list X) (p g : X -> R) (good : X -> bool) rho gmin w target :
  (forall i, In i l -> 0 <= p i) -> rsum l p = 1 ->
  (forall i, In i l -> good i = true -> gmin <= g i) -> (forall i, In i l -> w <= g i) -> w <= gmin ->
  rho * (gmin - w) = target - w -> rho <= rsum l (fun i => on good i * p i) -> target <= mean l p g.
Proof.
  intros Hp Hp1 Hg Hw Hgw Hrho HP. set (P := rsum l (fun i => on good i * p i)) in *.
  assert (H : P * gmin + (1 - P) * w <= mean l p g).
  { replace (P * gmin + (1 - P) * w) with (rsum l (fun i => p i * (on good i * gmin + (1 - on good i) * w))).
    - apply rsum_le. intros i Hi. apply Rmult_le_compat_l; auto. unfold on. pose proof (Hw i Hi).
      destruct (good i) eqn:Eg; [pose proof (Hg i Hi Eg)|]; lra.
    - rewrite (rsum_lin2 l _ (gmin - w) (fun i => on good i * p i) w p) by (intros; ring). fold P. rewrite Hp1. ring. }
  assert (rho * (gmin - w) <= P * (gmin - w)) by (apply Rmult_le_compat_r; lra). lra.
Qed.

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

(** S-P4 in full: from the mass of the good outputs to the expected reward, with what bad outputs can hold until then. *)
Section SetOfOutputs.
Context {X : Type}.
Variables (l : list X) (r g : X -> R) (lam S qmin gamma : R) (theta : X -> R -> R) (good bad : X -> bool).
Variables (Rtop h d gmin w : R).
Notation p := (policy l theta).
Notation mass set t := (rsum l (fun i => on set i * p t i)).
Hypothesis l_nonempty : l <> nil.
Hypothesis S_pos : 0 < S.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis r_bounded : forall i, In i l -> -1 <= r i <= 1.
Hypothesis qmin_pos : 0 < qmin.
Hypothesis qmin_le : forall i, In i l -> qmin <= p 0 i.
Hypothesis flow : gradient_flow l r lam S theta.
Hypothesis gamma_pos : 0 < gamma.
Hypothesis some_good : exists i, In i l /\ good i = true.
Hypothesis good_true : forall i, In i l -> good i = true -> gmin <= g i.
Hypothesis g_ge : forall i, In i l -> w <= g i.
Let target := mean l (p 0) g + gamma.
Hypothesis good_enough : target < gmin.
Let rho := (target - w) / (gmin - w).
Let P0 := mass good 0.
Let M := ln (/ qmin).

Lemma w_le_mean t : w <= mean l (p t) g.
Proof.
  rewrite <- (mean_const l (p t) (policy_sum l theta l_nonempty t) w). apply mean_le; auto. intros. now apply Rlt_le, policy_pos.
Qed.

Lemma w_lt : w < gmin.
Proof. pose proof (w_le_mean 0). unfold target in *. lra. Qed.

Lemma rho_product : rho * (gmin - w) = target - w.
Proof. unfold rho. field. pose proof w_lt. lra. Qed.

Lemma rho_below_1 : rho < 1.
Proof. pose proof w_lt. pose proof rho_product. nra. Qed.

Lemma arrives_means t : rho <= mass good t -> target <= mean l (p t) g.
Proof.
  intros H. pose proof w_lt. apply (enough_mass l (p t) g good rho gmin w target); auto.
  - intros. now apply Rlt_le, policy_pos.
  - now apply policy_sum.
  - lra.
  - apply rho_product.
Qed.

Lemma start_is_below : P0 < rho.
Proof. apply Rnot_le_lt. intros H. apply arrives_means in H. unfold target in H. lra. Qed.

Lemma some_other : exists i, In i l /\ good i = false.
Proof.
  destruct (Classical_Prop.classic (exists i, In i l /\ good i = false)) as [H|H]; [exact H|exfalso].
  assert (E : P0 = 1).
  { unfold P0. rewrite <- (policy_sum l theta l_nonempty 0). apply rsum_ext. intros i Hi. unfold on.
    destruct (good i) eqn:Eg; [ring|]. exfalso. apply H. now exists i. }
  pose proof start_is_below. pose proof rho_below_1. lra.
Qed.

Section Teacher.
Let V0 := mean l (p 0) r.
Let n := rsum l (on good).
Let kappa := Rtop - h - d / (1 - rho).
Hypothesis good_rewards : forall i, In i l -> good i = true -> Rtop - d <= r i <= Rtop.
Hypothesis other_rewards : forall i, In i l -> good i = false -> bad i = false -> r i <= h /\ r i <= V0.
Hypothesis h_ge : -1 <= h.
Hypothesis kappa_pos : 0 < kappa.
Let b := mass bad 0 * exp ((16 / 27 + 2 * lam * M) * (2 * n / kappa * (span rho - span P0))).
Let loss := n * lam * M / kappa * (/ P0 + 2 / (1 - rho)) + 2 * b / (kappa * (1 - rho)) + 2 * n * b ^ 2 / (kappa * P0 * (1 - rho) ^ 2).
Hypothesis loss_small : loss <= 1 / 2 \/ (loss < 1 /\ forall i, In i l -> bad i = false).

Theorem s_prop4 : exists t, 0 <= t <= S * n / kappa * (span rho - span P0) / (1 - loss) /\ target <= mean l (p t) g.
Proof.
  set (T := S * n / kappa * (span rho - span P0) / (1 - loss)).
  pose proof rho_below_1 as Hrho. pose proof start_is_below as Hstart.
  pose proof (extended_flow l r lam S theta flow) as Hext.
  assert (E : forall t, 0 <= t -> policy l (extended theta) t = p t) by (intros; now apply extended_policy).
  assert (Hqmin : forall i, In i l -> qmin <= policy l (extended theta) 0 i) by (intros; rewrite E by lra; auto).
  assert (HP0 : 0 < P0).
  { pose proof (good_one l theta good some_good 0). exact H. }
  assert (Hn : 0 < n) by (apply (n_positive l good some_good)).
  assert (Hd : 0 <= d) by (destruct some_good as (i & Hi & Eg); destruct (good_rewards i Hi Eg); lra).
  assert (Hspan : 0 < span rho - span P0) by (pose proof (span_increasing P0 rho HP0 Hstart Hrho); lra).
  assert (HM : 0 <= M).
  { apply (M_nonneg l (p 0) (p 0) qmin); [| | | |exact qmin_pos|exact qmin_le].
    - intros. now apply policy_pos.
    - intros. now apply policy_pos.
    - now apply policy_sum.
    - now apply policy_sum. }
  assert (HB0 : 0 <= mass bad 0).
  { apply rsum_nonneg. intros i Hi. apply Rmult_le_pos; [apply on_range|now apply Rlt_le, policy_pos]. }
  assert (Hb : 0 <= b) by (apply Rmult_le_pos; [exact HB0|apply Rlt_le, exp_pos]).
  assert (Hl1 : loss < 1) by (destruct loss_small as [H|[H _]]; lra).
  assert (Hkn : 0 < S * n / kappa) by (apply Rdiv_lt_0_compat; auto; apply Rmult_lt_0_compat; auto).
  assert (HT : 0 <= T) by (unfold T; apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply Rlt_le, Rinv_0_lt_compat; lra]).
  set (c := 16 / 27 + 2 * lam * M).
  assert (Hc : 0 <= c) by (unfold c; assert (0 <= lam * M) by (apply Rmult_le_pos; auto); lra).
  assert (HBle : forall t, 0 <= t <= T -> rsum l (fun i => on bad i * policy l (extended theta) t i) <= b).
  { intros t Ht. destruct loss_small as [Hhalf|[_ Hnone]].
    - apply Rle_trans with (mass bad 0 * exp (c * t / S)).
      + rewrite Rmult_comm, <- rsum_scal. apply rsum_le. intros i Hi.
        pose proof (output_growth l r lam S qmin (extended theta) l_nonempty S_pos lam_nonneg r_bounded qmin_pos Hqmin Hext t i
          (proj1 Ht) Hi) as H.
        rewrite (E 0) in H by lra. fold M in H. fold c in H. pose proof (on_range bad i).
        apply (Rmult_le_compat_l (on bad i)) in H; [|lra]. lra.
      + unfold b. apply Rmult_le_compat_l; [exact HB0|]. fold c.
        assert (H : c * t / S <= c * (2 * n / kappa * (span rho - span P0))).
        { replace (c * t / S) with (c * (t / S)) by (field; lra). apply Rmult_le_compat_l; auto.
          apply Rmult_le_reg_r with S; auto. replace (t / S * S) with t by (field; lra).
          eapply Rle_trans; [apply Ht|]. unfold T.
          replace (2 * n / kappa * (span rho - span P0) * S) with (S * n / kappa * (span rho - span P0) * 2) by (field; lra).
          apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|]. rewrite <- (Rinv_inv 2). apply Rinv_le_contravar; lra. }
        destruct H as [H|H]; [left; now apply exp_increasing|right; now rewrite H].
    - apply Rle_trans with 0; auto. right. rewrite <- (rsum_zero l). apply rsum_ext. intros i Hi. unfold on. rewrite (Hnone i Hi). ring. }
  assert (Eloss : alpha l good lam qmin Rtop h d rho b + beta l good lam qmin Rtop h d rho b
      / rsum l (fun i => on good i * policy l (extended theta) 0 i) = loss).
  { rewrite E by lra. fold P0. unfold alpha, beta, loss. fold n. fold M. fold kappa. field. repeat split; lra. }
  destruct (mass_arrives l r lam S qmin (extended theta) good bad l_nonempty S_pos lam_nonneg r_bounded qmin_pos Hqmin Hext some_good
    some_other Rtop h d rho b T) as (t & Ht & HPt); auto.
  - intros i Hi Eg Eb. rewrite (E 0) by lra. now apply other_rewards.
  - rewrite (E 0) by lra. exact Hstart.
  - rewrite Eloss. exact Hl1.
  - rewrite Eloss, (E 0) by lra. right. reflexivity.
  - exists t. split; [exact Ht|]. apply arrives_means. rewrite (E t) in HPt by lra. exact HPt.
Qed.
End Teacher.

Section TwoLevels.
Variable K : R.
Let kappa := 2 * K / (K - 1).
Let loss := lam * M / kappa * (/ P0 + 2 / (1 - rho)).
Hypothesis one_good : forall i, In i l -> good i = true -> r i = 1.
Hypothesis others_bad : forall i, In i l -> good i = false -> r i = -1.
Hypothesis count : rsum l (fun i => 1 - on good i) = K - 1.
Hypothesis K_gt_1 : 1 < K.
Hypothesis single : forall t, mass good t ^ 2 <= rsum l (fun i => on good i * p t i ^ 2).
Hypothesis loss_small : loss < 1.

Theorem s_thm6_fast : exists t, 0 <= t <= S / kappa * (span rho - span P0) / (1 - loss) /\ target <= mean l (p t) g.
Proof.
  pose proof rho_below_1 as Hrho. pose proof start_is_below as Hstart.
  pose proof (extended_flow l r lam S theta flow) as Hext.
  assert (E : forall t, 0 <= t -> policy l (extended theta) t = p t) by (intros; now apply extended_policy).
  assert (Hqmin : forall i, In i l -> qmin <= policy l (extended theta) 0 i) by (intros; rewrite E by lra; auto).
  assert (HP0 : 0 < P0) by (pose proof (good_one l theta good some_good 0) as H; exact H).
  assert (Hkap : 0 < kappa) by (unfold kappa; apply Rdiv_lt_0_compat; lra).
  assert (Eloss : 2 * lam * M / (kappa * (1 - rho)) + lam * M / kappa / rsum l (fun i => on good i * policy l (extended theta) 0 i) = loss).
  { rewrite E by lra. fold P0. unfold loss. field. repeat split; lra. }
  assert (Hsingle : forall t, rsum l (fun i => on good i * policy l (extended theta) t i) ^ 2
    <= rsum l (fun i => on good i * policy l (extended theta) t i ^ 2)).
  { intros t. exact (single (Rmax 0 t)). }
  destruct (single_arrives l r lam S qmin (extended theta) good l_nonempty S_pos lam_nonneg qmin_pos Hqmin Hext some_good
    some_other K rho (S / kappa * (span rho - span P0) / (1 - loss))) as (t & Ht & HPt); auto.
  - rewrite (E 0) by lra. exact Hstart.
  - fold M kappa. rewrite Eloss. exact loss_small.
  - fold M kappa. rewrite Eloss, (E 0) by lra. right. reflexivity.
  - exists t. split; [exact Ht|]. apply arrives_means. rewrite (E t) in HPt by lra. exact HPt.
Qed.
End TwoLevels.
End SetOfOutputs.
