(** The paper's upper bounds, from ours: Proposition 4 [prop4], Theorem 5 fast [thm5-fast], Theorem 6 fast [thm6-fast]. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Logarithms Divergence Arrival Softmax Flow SlowdownByKL GoodSet MassArrival UpperBounds.
Open Scope R_scope.

Lemma span_le P0 rho : 0 < P0 -> P0 <= rho -> rho < 1 -> span rho - span P0 <= (/ P0 - / rho) / (1 - rho) ^ 2.
Proof.
  intros HP H Hrho. set (c := / (1 - rho) ^ 2).
  assert (Hc : 0 < c) by (apply Rinv_0_lt_compat, pow_lt; lra).
  enough (- (c * / P0) - span P0 <= - (c * / rho) - span rho) by (unfold Rdiv; fold c; lra).
  apply (nondecreasing (fun p => - (c * / p) - span p) (fun p => c * / p ^ 2 - / (p ^ 2 * (1 - p) ^ 2))); auto.
  - intros t Ht. apply (cont_minus (fun p => - (c * / p)) span).
    + apply (ex_derive_continuous (fun p => - (c * / p))). auto_derive. lra.
    + apply (ex_derive_continuous span). eexists. apply span_derive. lra.
  - intros t Ht. apply (is_derive_minus (fun p => - (c * / p)) span).
    + auto_derive; [lra|]. field. lra.
    + apply span_derive. lra.
  - intros t Ht. assert (Ht2 : 0 < t ^ 2) by (apply pow_lt; lra). assert (H1 : 0 < (1 - t) ^ 2) by (apply pow_lt; lra).
    rewrite Rinv_mult. rewrite (Rmult_comm (/ t ^ 2)). rewrite <- Rmult_minus_distr_r.
    apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat; auto].
    enough (/ (1 - t) ^ 2 <= c) by lra. apply Rinv_le_contravar; [apply pow_lt; lra|]. apply pow_incr. lra.
Qed.

Lemma le_div_mult a b c : 0 < c -> a <= b / c -> a * c <= b.
Proof. intros Hc H. apply (Rmult_le_compat_r c) in H; [|lra]. replace (b / c * c) with b in H by (field; lra). exact H. Qed.

(** A set with exactly one output. *)
Lemma single_count {X} (l : list X) (good : X -> bool) y : NoDup l -> In y l ->
  (forall i, In i l -> good i = true <-> i = y) ->
  (forall f, rsum l (fun i => on good i * f i) = f y) /\ rsum l (on good) = 1.
Proof.
  intros HN Hy Hg.
  assert (Hy1 : good y = true) by now apply Hg.
  assert (H0 : forall i, In i l -> i <> y -> good i = false).
  { intros i Hi Hne. destruct (good i) eqn:Eg; [|reflexivity]. exfalso. apply Hne, Hg; auto. }
  split.
  - intros f. rewrite (rsum_single l (fun i => on good i * f i) y HN Hy); [unfold on; rewrite Hy1; ring|].
    intros i Hi Hne. unfold on. rewrite (H0 i Hi Hne). ring.
  - rewrite (rsum_single l (on good) y HN Hy); [unfold on; now rewrite Hy1|]. intros i Hi Hne. unfold on. now rewrite (H0 i Hi Hne).
Qed.

Section Paper.
Context {X : Type}.
Variables (l : list X) (r g : X -> R) (lam S qmin gamma : R) (theta : X -> R -> R) (good bad : X -> bool) (gmin : R).
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
Hypothesis g_ge : forall i, In i l -> -1 <= g i.
Let target := mean l (p 0) g + gamma.
Hypothesis good_enough : target < gmin.
Let rho := (target + 1) / (gmin + 1).
Let P0 := mass good 0.
Let M := ln (/ qmin).
Let n := rsum l (on good).

Lemma rho_is : (target - -1) / (gmin - -1) = rho.
Proof. unfold rho. f_equal; ring. Qed.

Lemma rho_lt_1 : rho < 1.
Proof. rewrite <- rho_is. apply (rho_below_1 l g gamma theta gmin (-1)); auto. Qed.

Lemma P0_lt_rho : P0 < rho.
Proof. rewrite <- rho_is. apply (start_is_below l g gamma theta good gmin (-1)); auto. Qed.

Lemma P0_pos : 0 < P0.
Proof. apply (good_one l theta good some_good 0). Qed.

Lemma M_pos : 0 <= M.
Proof.
  apply (M_nonneg l (p 0) (p 0) qmin); [| | | |exact qmin_pos|exact qmin_le].
  - intros. now apply policy_pos.
  - intros. now apply policy_pos.
  - now apply policy_sum.
  - now apply policy_sum.
Qed.

Lemma n_ge_1 : 1 <= n.
Proof.
  destruct some_good as (i & Hi & Eg). apply Rle_trans with (on good i); [unfold on; rewrite Eg; lra|].
  apply (term_le_sum l (on good)); auto. intros; apply on_range.
Qed.

(** S-P4's time, if at most half is lost, against a time of the paper's form. *)
Lemma time_le kappa loss bound : 0 < kappa -> loss <= 1 / 2 ->
  2 * (S * n) / (kappa * (1 - rho) ^ 2) * (/ P0 - / rho) <= bound ->
  S * n / kappa * (span rho - span P0) / (1 - loss) <= bound.
Proof.
  intros Hk Hl Hb. eapply Rle_trans; [|exact Hb].
  pose proof rho_lt_1. pose proof P0_lt_rho. pose proof P0_pos. pose proof n_ge_1.
  pose proof (span_le P0 rho ltac:(lra) ltac:(lra) ltac:(lra)) as Hs.
  pose proof (span_increasing P0 rho ltac:(lra) ltac:(lra) ltac:(lra)) as Hs0.
  assert (Hkn : 0 < S * n / kappa) by (apply Rdiv_lt_0_compat; auto; apply Rmult_lt_0_compat; lra).
  assert (Hi : / (1 - loss) <= 2) by (rewrite <- (Rinv_inv 2); apply Rinv_le_contravar; lra).
  apply Rle_trans with (S * n / kappa * (span rho - span P0) * 2).
  - unfold Rdiv at 1. apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|auto].
  - replace (2 * (S * n) / (kappa * (1 - rho) ^ 2) * (/ P0 - / rho)) with (S * n / kappa * ((/ P0 - / rho) / (1 - rho) ^ 2) * 2)
      by (field; repeat split; lra).
    apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat_l; lra.
Qed.

(** Proposition 4. *)
Section Proposition4.
Let V0 := mean l (p 0) r.
Variables (Rtop spread : R).
Let delta := (1 - rho) * (Rtop - V0) - spread.
Hypothesis good_rewards : forall i, In i l -> good i = true -> Rtop - spread <= r i <= Rtop.
Hypothesis Rtop_le : Rtop <= 1.
Hypothesis bad_is : forall i, In i l -> good i = false -> V0 < r i -> bad i = true.
Hypothesis delta_pos : 0 < delta.
Hypothesis lam_small : lam <= P0 * (1 - rho) * delta / (8 * n * (2 * M + / (2 * exp 1))).
Hypothesis bad_small : mass bad 0 <= P0 ^ 2 * (1 - rho) * delta / (16 * n)
  * exp (- (20 * n / ((1 - rho) * delta)) * (/ P0 - / rho)).

Theorem prop4 : exists t, 0 <= t <= 4 * S * n / ((1 - rho) * delta) * (/ P0 - / rho) /\ target <= mean l (p t) g.
Proof.
  pose proof rho_lt_1 as Hrho. pose proof P0_lt_rho as Hstart. pose proof P0_pos as HP0. pose proof n_ge_1 as Hn. pose proof M_pos as HM.
  assert (He : 0 < / (2 * exp 1)) by (apply Rinv_0_lt_compat; pose proof (exp_pos 1); lra).
  assert (HV : -1 <= V0).
  { unfold V0. rewrite <- (mean_const l (p 0) (policy_sum l theta l_nonempty 0) (-1)). apply mean_le; intros; [now apply policy_nonneg|now apply r_bounded]. }
  assert (Hspread : 0 <= spread) by (destruct some_good as (i & Hi & Eg); destruct (good_rewards i Hi Eg); lra).
  assert (Hdelta : delta <= 2) by (unfold delta; nra).
  set (kappa := Rtop - V0 - spread / (1 - rho)).
  assert (Ek : kappa * (1 - rho) = delta) by (unfold kappa, delta; field; lra).
  assert (Hk : 0 < kappa) by (apply Rmult_lt_reg_r with (1 - rho); lra).
  assert (Hlam : lam * (16 * n * M) <= P0 * (1 - rho) * delta).
  { assert (Hd8 : 0 < 8 * n * (2 * M + / (2 * exp 1))) by (apply Rmult_lt_0_compat; lra).
    pose proof (le_div_mult _ _ _ Hd8 lam_small) as Hmult.
    assert (0 <= lam * (8 * n * / (2 * exp 1))) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; lra). lra. }
  assert (HlM : 0 <= lam * M) by now apply Rmult_le_pos.
  set (X0 := / P0 - / rho).
  assert (HX0 : 0 < X0) by (unfold X0; assert (/ rho < / P0) by (apply Rinv_lt_contravar; [apply Rmult_lt_0_compat; lra|lra]); lra).
  set (Q := P0 * (1 - rho)).
  assert (HQ : 0 < Q <= 1 / 4) by (unfold Q; split; [apply Rmult_lt_0_compat; lra|]; pose proof (pow2_ge_0 (rho - 1 / 2)); nra).
  (* what the bad outputs can hold *)
  set (b := mass bad 0 * exp ((16 / 27 + 2 * lam * M) * (2 * n / kappa * (span rho - span P0)))).
  set (b1 := P0 ^ 2 * (1 - rho) * delta / (16 * n)).
  assert (Hb1 : 0 < b1).
  { unfold b1. apply Rdiv_lt_0_compat; [|lra]. apply Rmult_lt_0_compat; auto. apply Rmult_lt_0_compat; [apply pow_lt; lra|lra]. }
  assert (HB0 : 0 <= mass bad 0) by (apply rsum_nonneg; intros i Hi; apply Rmult_le_pos; [apply on_range|now apply policy_nonneg]).
  assert (Hb0 : 0 <= b) by (apply Rmult_le_pos; [exact HB0|apply Rlt_le, exp_pos]).
  assert (Hd1 : 0 < (1 - rho) * delta) by (apply Rmult_lt_0_compat; lra).
  assert (Hb : b <= b1).
  { set (Y := 20 * n / ((1 - rho) * delta) * X0).
    assert (HZ : (16 / 27 + 2 * lam * M) * (2 * n / kappa * (span rho - span P0)) <= Y).
    { pose proof (span_le P0 rho ltac:(lra) ltac:(lra) ltac:(lra)) as Hs. fold X0 in Hs.
      pose proof (span_increasing P0 rho ltac:(lra) ltac:(lra) ltac:(lra)) as Hs0.
      assert (Hc : 16 / 27 + 2 * lam * M <= 10).
      { assert (lam * (16 * n * M) <= 1 / 4 * 2) by (eapply Rle_trans; [exact Hlam|]; fold Q; apply Rmult_le_compat; lra).
        assert (lam * M * 1 <= lam * M * n) by (apply Rmult_le_compat_l; lra). lra. }
      assert (Hsp : 2 * n / kappa * (span rho - span P0) <= 2 * n / ((1 - rho) * delta) * X0).
      { apply Rle_trans with (2 * n / kappa * (X0 / (1 - rho) ^ 2)).
        - apply Rmult_le_compat_l; [|exact Hs]. apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; auto].
        - right. rewrite <- Ek. field. repeat split; lra. }
      assert (Hpos : 0 <= 2 * n / kappa * (span rho - span P0)).
      { apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; auto]. }
      apply Rle_trans with (10 * (2 * n / kappa * (span rho - span P0))); [apply Rmult_le_compat_r; auto|].
      apply Rle_trans with (10 * (2 * n / ((1 - rho) * delta) * X0)); [apply Rmult_le_compat_l; lra|].
      right. unfold Y. field. split; lra. }
    unfold b. apply Rle_trans with (b1 * exp (- Y) * exp Y).
    - apply Rmult_le_compat; [exact HB0|apply Rlt_le, exp_pos| |destruct HZ as [HZ|HZ]; [left; now apply exp_increasing|right; now rewrite HZ]].
      eapply Rle_trans; [exact bad_small|]. right. unfold b1, Y. f_equal. f_equal. fold X0. ring.
    - right. rewrite Rmult_assoc, <- exp_plus. replace (- Y + Y) with 0 by ring. rewrite exp_0. ring. }
  set (loss := n * lam * M / kappa * (/ P0 + 2 / (1 - rho)) + 2 * b / (kappa * (1 - rho)) + 2 * n * b ^ 2 / (kappa * P0 * (1 - rho) ^ 2)).
  assert (Hloss : loss <= 1 / 2).
  { unfold loss.
    assert (L1 : n * lam * M / kappa * (/ P0 + 2 / (1 - rho)) <= 3 / 16).
    { replace (n * lam * M / kappa * (/ P0 + 2 / (1 - rho))) with (lam * (16 * n * M) / (P0 * (1 - rho) * (kappa * (1 - rho))) * ((1 - rho) ^ 2 * (1 - rho + 2 * P0) / (16 * (1 - rho))))
        by (field; repeat split; lra).
      rewrite Ek.
      assert (Hr : lam * (16 * n * M) / (P0 * (1 - rho) * delta) <= 1).
      { apply Rmult_le_reg_r with (P0 * (1 - rho) * delta); [apply Rmult_lt_0_compat; [exact (proj1 HQ)|lra]|].
        unfold Rdiv. rewrite Rmult_assoc, Rinv_l; [lra|]. apply Rgt_not_eq, Rmult_lt_0_compat; [exact (proj1 HQ)|lra]. }
      replace ((1 - rho) ^ 2 * (1 - rho + 2 * P0) / (16 * (1 - rho))) with ((1 - rho) * (1 - rho + 2 * P0) / 16) by (field; lra).
      assert (Hz : 0 <= (1 - rho) * (1 - rho + 2 * P0) / 16 <= 3 / 16).
      { split; [apply Rmult_le_pos; [apply Rmult_le_pos; lra|lra]|]. assert ((1 - rho) * (1 - rho + 2 * P0) <= 1 * 3) by (apply Rmult_le_compat; lra). lra. }
      assert (H0 : 0 <= lam * (16 * n * M) / (P0 * (1 - rho) * delta)).
      { apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; [exact (proj1 HQ)|lra]].
        replace (lam * (16 * n * M)) with (16 * n * (lam * M)) by ring. apply Rmult_le_pos; lra. }
      apply Rle_trans with (1 * (3 / 16)); [apply Rmult_le_compat; lra|lra]. }
    assert (L2 : 2 * b / (kappa * (1 - rho)) <= 1 / 8).
    { rewrite Ek. apply Rle_trans with (2 * b1 / delta).
      - apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; auto|lra].
      - unfold b1. replace (2 * (P0 ^ 2 * (1 - rho) * delta / (16 * n)) / delta) with (P0 * Q * / n / 8) by (unfold Q; field; split; lra).
        assert (/ n <= 1) by (rewrite <- Rinv_1; apply Rinv_le_contravar; lra).
        assert (0 < / n) by (apply Rinv_0_lt_compat; lra).
        assert (P0 * Q <= 1 * 1) by (apply Rmult_le_compat; lra). assert (0 < P0 * Q) by (apply Rmult_lt_0_compat; lra).
        assert (P0 * Q * / n <= 1 * 1) by (apply Rmult_le_compat; lra). lra. }
    assert (L3 : 2 * n * b ^ 2 / (kappa * P0 * (1 - rho) ^ 2) <= 1 / 8).
    { replace (kappa * P0 * (1 - rho) ^ 2) with (kappa * (1 - rho) * Q) by (unfold Q; ring). rewrite Ek.
      assert (HdQ : 0 < delta * Q) by (apply Rmult_lt_0_compat; lra).
      assert (Hb2 : b ^ 2 <= b1 ^ 2) by (apply pow_incr; lra).
      apply Rle_trans with (2 * n * b1 ^ 2 / (delta * Q)).
      - apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; auto|]. apply Rmult_le_compat_l; lra.
      - unfold b1. replace (2 * n * (P0 ^ 2 * (1 - rho) * delta / (16 * n)) ^ 2 / (delta * Q)) with (P0 * P0 * Q * delta * / n / 128)
          by (unfold Q; field; repeat split; lra).
        assert (/ n <= 1) by (rewrite <- Rinv_1; apply Rinv_le_contravar; lra).
        assert (0 < / n) by (apply Rinv_0_lt_compat; lra).
        assert (A1 : 0 <= P0 * P0 <= 1) by nra. assert (A2 : 0 <= P0 * P0 * Q <= 1) by nra.
        assert (A3 : 0 <= P0 * P0 * Q * delta <= 2) by nra. assert (P0 * P0 * Q * delta * / n <= 2 * 1) by (apply Rmult_le_compat; lra). lra. }
    lra. }
  destruct (s_prop4 l r g lam S qmin gamma theta good bad Rtop V0 spread gmin (-1) l_nonempty S_pos lam_nonneg r_bounded qmin_pos qmin_le
    flow gamma_pos some_good good_true g_ge good_enough good_rewards) as (t & Ht & Htarget).
  - intros i Hi Eg Eb. fold V0. assert (r i <= V0); [|lra]. apply Rnot_lt_le. intros H. rewrite (bad_is i Hi Eg H) in Eb. discriminate.
  - exact HV.
  - fold target. rewrite rho_is. fold kappa. exact Hk.
  - fold target. rewrite rho_is. fold kappa P0 n M b loss. left. exact Hloss.
  - fold target in Ht, Htarget. rewrite rho_is in Ht. fold kappa P0 n M b loss in Ht.
    exists t. split; [|exact Htarget]. split; [lra|]. eapply Rle_trans; [apply Ht|].
    apply time_le; auto. fold X0.
    replace (kappa * (1 - rho) ^ 2) with ((1 - rho) * delta) by (rewrite <- Ek; ring).
    apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; auto|].
    assert (0 <= S * n) by (apply Rmult_le_pos; lra). lra.
Qed.
End Proposition4.

(** Theorems 5 and 6: one good output. *)
Section OneGood.
Variable y : X.
Hypothesis distinct : NoDup l.
Hypothesis y_in : In y l.
Hypothesis good_is_y : forall i, In i l -> good i = true <-> i = y.

Lemma good_y : good y = true.
Proof. now apply good_is_y. Qed.
Lemma good_only i : In i l -> good i = true -> i = y.
Proof. intros Hi Eg. now apply (good_is_y i Hi). Qed.
Lemma n_is_1 : n = 1.
Proof. apply (single_count l good y); auto. Qed.
Lemma P0_is : P0 = p 0 y.
Proof. apply (single_count l good y distinct y_in good_is_y). Qed.

(** The others are at least the margin below the good one, and not above the mean; no output is bad. *)
Lemma one_good_arrives h bound : -1 <= h -> 0 < r y - h ->
  (forall i, In i l -> i <> y -> r i <= h /\ r i <= mean l (p 0) r) ->
  lam * M / (r y - h) * (/ P0 + 2 / (1 - rho)) <= 1 / 2 ->
  2 * S / ((r y - h) * (1 - rho) ^ 2) * (/ P0 - / rho) <= bound ->
  exists t, 0 <= t <= bound /\ target <= mean l (p t) g.
Proof.
  intros Hh Hk Hothers Hloss Hbound. pose proof rho_lt_1 as Hrho. pose proof P0_pos as HP0.
  set (none := fun _ : X => false).
  assert (En : rsum l (fun i => on none i * p 0 i) = 0).
  { rewrite <- (rsum_zero l). apply rsum_ext. intros i _. unfold on, none. ring. }
  assert (Ekap : r y - h - 0 / (1 - rho) = r y - h) by (field; lra).
  destruct (s_prop4 l r g lam S qmin gamma theta good none (r y) h 0 gmin (-1) l_nonempty S_pos lam_nonneg r_bounded qmin_pos qmin_le
    flow gamma_pos some_good good_true g_ge good_enough) as (t & Ht & Htarget).
  - intros i Hi Eg. rewrite (good_only i Hi Eg). lra.
  - intros i Hi Eg _. apply Hothers; auto. intros ->. rewrite good_y in Eg; discriminate.
  - exact Hh.
  - fold target. rewrite rho_is, Ekap. exact Hk.
  - right. fold target. rewrite rho_is, Ekap, En. fold n P0 M. rewrite n_is_1. split; [|auto].
    replace (1 * lam * M / (r y - h) * (/ P0 + 2 / (1 - rho)) + 2 * (0 * exp ((16 / 27 + 2 * lam * M) * (2 * 1 / (r y - h) * (span rho - span P0)))) / ((r y - h) * (1 - rho))
      + 2 * 1 * (0 * exp ((16 / 27 + 2 * lam * M) * (2 * 1 / (r y - h) * (span rho - span P0)))) ^ 2 / ((r y - h) * P0 * (1 - rho) ^ 2))
      with (lam * M / (r y - h) * (/ P0 + 2 / (1 - rho))) by (field; repeat split; lra). lra.
  - fold target in Ht, Htarget. rewrite rho_is, Ekap, En in Ht. fold n P0 M in Ht. rewrite n_is_1 in Ht.
    replace (1 * lam * M / (r y - h) * (/ P0 + 2 / (1 - rho)) + 2 * (0 * exp ((16 / 27 + 2 * lam * M) * (2 * 1 / (r y - h) * (span rho - span P0)))) / ((r y - h) * (1 - rho))
      + 2 * 1 * (0 * exp ((16 / 27 + 2 * lam * M) * (2 * 1 / (r y - h) * (span rho - span P0)))) ^ 2 / ((r y - h) * P0 * (1 - rho) ^ 2))
      with (lam * M / (r y - h) * (/ P0 + 2 / (1 - rho))) in Ht by (field; repeat split; lra).
    exists t. split; [|exact Htarget]. split; [lra|]. eapply Rle_trans; [apply Ht|].
    pose proof (time_le (r y - h) (lam * M / (r y - h) * (/ P0 + 2 / (1 - rho))) bound Hk Hloss) as H.
    rewrite n_is_1, Rmult_1_r in H. rewrite Rmult_1_r. exact (H Hbound).
Qed.

(** lam M, from the paper's condition on lam. *)
Lemma lam_M_le c : 0 <= c -> lam <= c / (/ (2 * exp 1) + 2 * M) -> lam * M <= c / 2.
Proof.
  intros Hc H. assert (He : 0 < / (2 * exp 1)) by (apply Rinv_0_lt_compat; pose proof (exp_pos 1); lra). pose proof M_pos as HM.
  apply le_div_mult in H; [|lra].
  assert (0 <= lam * / (2 * exp 1)) by (apply Rmult_le_pos; lra). lra.
Qed.

(** Theorem 5, fast: the good output stands out by more than 1 - P0, and by less than 1. *)
Theorem thm5_fast : (forall i, In i l -> i <> y -> 1 - P0 < r y - r i < 1) ->
  lam <= P0 * (1 - rho) ^ 4 / (8 * (/ (2 * exp 1) + 2 * M)) ->
  exists t, 0 <= t <= 4 * S / (1 - rho) ^ 4 * (/ P0 - / rho) /\ target <= mean l (p t) g.
Proof.
  intros Hgap Hlam. pose proof rho_lt_1 as Hrho. pose proof P0_lt_rho as Hstart. pose proof P0_pos as HP0. pose proof M_pos as HM.
  assert (He : 0 < / (2 * exp 1)) by (apply Rinv_0_lt_compat; pose proof (exp_pos 1); lra).
  set (s := 1 - rho). assert (Hs : 0 < s < 1) by (unfold s; lra).
  destruct (some_other l g gamma theta good gmin (-1)) as (k & Hkin & Hk); auto.
  assert (Hky : k <> y) by (intros ->; rewrite good_y in Hk; discriminate).
  assert (HlM : lam * M <= P0 * s ^ 4 / 16).
  { assert (Hc : 0 <= P0 * s ^ 4 / 8) by (apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply pow_le; lra]|lra]).
    pose proof (lam_M_le (P0 * s ^ 4 / 8) Hc) as H. assert (lam * M <= P0 * s ^ 4 / 8 / 2); [|lra]. apply H.
    eapply Rle_trans; [exact Hlam|]. right. fold s. assert (HD : 0 < / (2 * exp 1) + 2 * M) by lra.
    set (D := / (2 * exp 1) + 2 * M) in *. clearbody D. field. lra. }
  set (h := r y - (1 - P0)).
  assert (HV : h <= mean l (p 0) r).
  { assert (E : rsum l (fun i => p 0 i * (r y - 1 + on good i)) <= mean l (p 0) r).
    { apply rsum_le. intros i Hi. apply Rmult_le_compat_l; [now apply policy_nonneg|]. unfold on.
      destruct (good i) eqn:Eg; [rewrite (good_only i Hi Eg); lra|].
      assert (i <> y) by (intros ->; rewrite (proj2 (good_is_y y y_in) eq_refl) in Eg; discriminate).
      specialize (Hgap i Hi H). lra. }
    rewrite (rsum_lin2 l _ (r y - 1) (p 0) 1 (fun i => on good i * p 0 i)) in E by (intros; ring).
    fold P0 in E. rewrite (policy_sum l theta l_nonempty 0) in E. unfold h. lra. }
  assert (HlM0 : 0 <= lam * M) by now apply Rmult_le_pos.
  assert (Hkap : r y - h = 1 - P0) by (unfold h; ring).
  assert (Hks : s <= 1 - P0) by (unfold s; lra).
  assert (Hs3 : 0 < s ^ 3 <= 1).
  { split; [apply pow_lt; lra|]. replace 1 with (1 ^ 3) by ring. apply pow_incr. lra. }
  apply (one_good_arrives h).
  - unfold h. pose proof (Hgap k Hkin Hky). pose proof (r_bounded k Hkin). lra.
  - lra.
  - intros i Hi Hne. pose proof (Hgap i Hi Hne). split; [unfold h; lra|]. unfold h in HV. lra.
  - rewrite Hkap. fold s.
    apply Rle_trans with (P0 * s ^ 4 / 16 / s * (/ P0 + 2 / s)).
    + apply Rmult_le_compat_r; [assert (0 < / P0) by (apply Rinv_0_lt_compat; lra); assert (0 < 2 / s) by (apply Rdiv_lt_0_compat; lra); lra|].
      unfold Rdiv. apply Rmult_le_compat; [lra|apply Rlt_le, Rinv_0_lt_compat; lra|lra|apply Rinv_le_contravar; lra].
    + replace (P0 * s ^ 4 / 16 / s * (/ P0 + 2 / s)) with (s * (s * (s + 2 * P0)) / 16) by (field; lra).
      assert (0 <= s * (s + 2 * P0) <= 3) by nra. nra.
  - rewrite Hkap. fold s. assert (HX : 0 < / P0 - / rho) by (assert (/ rho < / P0) by (apply Rinv_lt_contravar; [apply Rmult_lt_0_compat; lra|lra]); lra).
    apply Rmult_le_compat_r; [lra|]. unfold Rdiv. apply Rmult_le_compat; [lra| |lra|].
    + apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; [lra|apply pow_lt; lra].
    + apply Rinv_le_contravar; [apply pow_lt; lra|]. replace (s ^ 4) with (s * s * s ^ 2) by ring.
      apply Rmult_le_compat_r; [apply pow2_ge_0|]. nra.
Qed.

(** Theorem 6, fast. *)
Theorem thm6_fast c : r y = 1 -> (forall i, In i l -> i <> y -> r i = -1) -> 0 < c -> c <= P0 ->
  lam <= c * (1 - rho) ^ 3 / (16 * (/ (2 * exp 1) + 2 * M)) ->
  exists t, 0 <= t <= 2 * S / (1 - rho) ^ 3 * (/ c - / rho) /\ target <= mean l (p t) g.
Proof.
  intros H1 H2 Hc HcP Hlam. pose proof rho_lt_1 as Hrho. pose proof P0_lt_rho as Hstart. pose proof P0_pos as HP0. pose proof M_pos as HM.
  assert (He : 0 < / (2 * exp 1)) by (apply Rinv_0_lt_compat; pose proof (exp_pos 1); lra).
  set (s := 1 - rho). assert (Hs : 0 < s < 1) by (unfold s; lra).
  assert (HlM0 : 0 <= lam * M) by now apply Rmult_le_pos.
  assert (HlM : lam * M <= c * s ^ 3 / 32).
  { assert (Hc0 : 0 <= c * s ^ 3 / 16) by (apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply pow_le; lra]|lra]).
    pose proof (lam_M_le (c * s ^ 3 / 16) Hc0) as H. assert (lam * M <= c * s ^ 3 / 16 / 2); [|lra]. apply H.
    eapply Rle_trans; [exact Hlam|]. right. fold s. assert (HD : 0 < / (2 * exp 1) + 2 * M) by lra.
    set (D := / (2 * exp 1) + 2 * M) in *. clearbody D. field. lra. }
  assert (Hs3 : 0 < s ^ 3 <= 1).
  { split; [apply pow_lt; lra|]. replace 1 with (1 ^ 3) by ring. apply pow_incr. lra. }
  assert (HX : 0 < / P0 - / rho) by (assert (/ rho < / P0) by (apply Rinv_lt_contravar; [apply Rmult_lt_0_compat; lra|lra]); lra).
  assert (Hcp : / P0 <= / c) by (apply Rinv_le_contravar; lra).
  assert (Hkap : r y - -1 = 2) by lra.
  apply (one_good_arrives (-1)).
  - lra.
  - lra.
  - intros i Hi Hne. rewrite (H2 i Hi Hne). split; [lra|].
    rewrite <- (mean_const l (p 0) (policy_sum l theta l_nonempty 0) (-1)). apply mean_le; intros; [now apply policy_nonneg|now apply r_bounded].
  - rewrite Hkap. fold s.
    apply Rle_trans with (P0 * s ^ 3 / 32 / 2 * (/ P0 + 2 / s)).
    + apply Rmult_le_compat_r; [assert (0 < / P0) by (apply Rinv_0_lt_compat; lra); assert (0 < 2 / s) by (apply Rdiv_lt_0_compat; lra); lra|].
      apply Rmult_le_compat_r; [lra|]. assert (c * s ^ 3 <= P0 * s ^ 3) by (apply Rmult_le_compat_r; lra). lra.
    + replace (P0 * s ^ 3 / 32 / 2 * (/ P0 + 2 / s)) with (s ^ 2 * (s + 2 * P0) / 64) by (field; lra).
      assert (0 <= s ^ 2 <= 1) by nra. nra.
  - rewrite Hkap. fold s. apply Rle_trans with (2 * S / s ^ 3 * (/ P0 - / rho)).
    + apply Rmult_le_compat_r; [lra|]. unfold Rdiv. apply Rmult_le_compat_l; [lra|].
      apply Rinv_le_contravar; [apply pow_lt; lra|]. replace (s ^ 3) with (s * s ^ 2) by ring.
      apply Rmult_le_compat_r; [apply pow2_ge_0|lra].
    + apply Rmult_le_compat_l; [|lra]. apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra].
Qed.
End OneGood.
End Paper.
