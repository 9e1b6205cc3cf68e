(** The time by which the expected reward has risen for certain: S-P4 [s-prop4], with S-T5 [s-thm5-fast] as its case of
    one good output, and S-T6 [s-thm6-fast]. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Logarithms Divergence Arrival Softmax Flow Velocity SlowdownByKL GrowthRate Growth
  ObjectiveRises GoodSet MassArrival.
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
