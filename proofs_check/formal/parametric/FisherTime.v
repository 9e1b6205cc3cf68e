(** The Fisher form in time: S7 [s7], by the largest advantage, and S8 [s8], by the longest score. *)
From Coq Require Import Reals List Lra Psatz PeanoNat Ratan.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Comparison Softmax Differentiable JointObjective FisherForm MovingPolicy
  Sequences Autoregressive ParameterFlow Flow ParameterTimes.
Open Scope R_scope.

Lemma asin_derive x : -1 < x < 1 -> is_derive asin x (/ sqrt (1 - x ^ 2)).
Proof.
  intros Hx. apply is_derive_Reals. replace (/ sqrt (1 - x ^ 2)) with (1 / sqrt (1 - x²)).
  - apply (derive_pt_eq_1 asin x _ (derivable_pt_asin x Hx)). apply derive_pt_asin.
  - unfold Rsqr, Rdiv. rewrite Rmult_1_l. do 2 f_equal. ring.
Qed.

Lemma asin_le x y : -1 < x -> x <= y -> y < 1 -> asin x <= asin y.
Proof.
  intros Hx Hxy Hy. apply (nondecreasing asin (fun t => / sqrt (1 - t ^ 2))); auto.
  - intros t Ht. apply (ex_derive_continuous asin). eexists. apply asin_derive. lra.
  - intros t Ht. apply asin_derive. lra.
  - intros t Ht. apply Rlt_le, Rinv_0_lt_compat, sqrt_lt_R0. nra.
Qed.

Section FisherTime.
Context {P V : Type}.
Variables (vocabulary : list V) (L d : nat).
Variables (logits : (nat -> R) -> P -> list V -> V -> R) (jacobian : (nat -> R) -> P -> list V -> V -> nat -> R).
Variables (prompts : list P) (w : P -> R) (r : P -> list V -> R) (lam : R) (theta : nat -> R -> R).
Variables (x0 : P) (T F Fx : R) (g : list V -> R).
Notation Y := (sequences vocabulary L).
Notation parameters := (seq 0 d).
Notation at_ t := (parameters_at theta t).
Notation p t x := (pi vocabulary logits (at_ t) x).
Notation partial := (partial vocabulary L logits prompts w r lam theta).
Notation Var := (mean_variance vocabulary L logits prompts w r lam theta).
Notation N := (speed2 vocabulary L d logits prompts w r lam theta).
Notation smooth := (smooth vocabulary L d logits jacobian).
Notation A := (A vocabulary L logits r lam theta).
Notation z := (z vocabulary L d logits jacobian prompts w r lam theta).
Notation score_along t x u := (score_along vocabulary d logits jacobian (at_ t) x u).

Hypothesis vocabulary_nonempty : vocabulary <> nil.
Hypothesis w_nonneg : forall x, In x prompts -> 0 <= w x.
Hypothesis w_sum : rsum prompts w = 1.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis T_nonneg : 0 <= T.
Hypothesis F_pos : 0 < F.
Hypothesis Fx_pos : 0 < Fx.
Hypothesis smooth_all : forall t x, 0 <= t <= T -> In x prompts \/ x = x0 -> smooth (at_ t) x.
Hypothesis theta_cont : forall t j, 0 <= t <= T -> (j < d)%nat -> continuous (theta j) t.
Hypothesis moves : forall t j, 0 < t < T -> (j < d)%nat -> is_derive (theta j) t (partial t j).
(** The largest eigenvalues of the mean Fisher information and of the watched prompt's. *)
Hypothesis fisher : forall t u, 0 < t < T ->
  rsum prompts (fun x => w x * mean Y (p t x) (fun y => score_along t x u y ^ 2)) <= F * rsum parameters (fun j => u j ^ 2).
Hypothesis fisher_x : forall t u, 0 < t < T ->
  mean Y (p t x0) (fun y => score_along t x0 u y ^ 2) <= Fx * rsum parameters (fun j => u j ^ 2).
Hypothesis g_bounded : forall y, In y Y -> -1 <= g y <= 1.
Hypothesis g_varies : (exists y, In y Y /\ g y < 1) /\ (exists y, In y Y /\ -1 < g y).
Let value t := mean Y (p t x0) g.

Lemma pf_nonneg t x y : In y Y -> 0 <= p t x y.
Proof. intros Hy. apply Rlt_le. eapply pi_pos; eauto. Qed.
Lemma pf_sum t x : rsum Y (p t x) = 1.
Proof. eapply pi_sum; eauto. Qed.

(** Step 1: the speed. *)
Lemma fisher_speed t : 0 < t < T -> N t <= F * Var t.
Proof.
  intros Ht.
  pose proof (mean2_cauchy_schwarz prompts w Y (fun x => p t x) (A t) (z t) w_nonneg (fun x y _ Hy => pf_nonneg t x y Hy)) as H.
  cbv beta in H.
  assert (Hs : forall x, In x prompts -> smooth (at_ t) x) by (intros; apply smooth_all; auto; lra).
  rewrite <- (speed2_is vocabulary L d logits jacobian prompts w r lam theta vocabulary_nonempty t Hs) in H.
  change (rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2))) with (Var t) in H.
  pose proof (fisher t (partial t) Ht) as HF. change (rsum parameters (fun j => partial t j ^ 2)) with (N t) in HF.
  pose proof (mean_variance_nonneg vocabulary L logits prompts w r lam theta w_nonneg t) as HV.
  assert (HZ : rsum prompts (fun x => w x * mean Y (p t x) (fun y => z t x y ^ 2)) <= F * N t) by exact HF.
  pose proof (speed2_nonneg vocabulary L d logits prompts w r lam theta t) as HN.
  destruct HN as [HN|HN]; [|rewrite <- HN; apply Rmult_le_pos; lra].
  apply Rmult_le_reg_r with (N t); auto.
  apply Rle_trans with (Var t * (F * N t)); [|lra]. eapply Rle_trans; [|apply Rmult_le_compat_l; [exact HV|exact HZ]].
  eapply Rle_trans; [|exact H]. right. ring.
Qed.

Lemma fisher_root t : 0 < t < T -> sqrt (N t) <= sqrt F * sqrt (Var t).
Proof. intros Ht. rewrite <- sqrt_mult_alt by lra. now apply sqrt_le_1_alt, fisher_speed. Qed.

(** Step 2: the motion of arcsin of the expected reward. *)
Lemma value_inside t : -1 < value t < 1.
Proof.
  destruct g_varies as [(y1 & Hy1 & H1) (y2 & Hy2 & H2)]. unfold value, mean. split.
  - assert (H : 0 < rsum Y (fun y => p t x0 y * (g y + 1))).
    { apply Rlt_le_trans with (p t x0 y2 * (g y2 + 1)).
      - apply Rmult_lt_0_compat; [eapply pi_pos; eauto|lra].
      - apply (term_le_sum Y (fun y => p t x0 y * (g y + 1))); auto. intros y Hy.
        apply Rmult_le_pos; [now apply pf_nonneg|]. pose proof (g_bounded y Hy). lra. }
    rewrite (rsum_lin2 Y _ 1 (fun y => p t x0 y * g y) 1 (p t x0)) in H by (intros; ring). rewrite pf_sum in H. lra.
  - assert (H : 0 < rsum Y (fun y => p t x0 y * (1 - g y))).
    { apply Rlt_le_trans with (p t x0 y1 * (1 - g y1)).
      - apply Rmult_lt_0_compat; [eapply pi_pos; eauto|lra].
      - apply (term_le_sum Y (fun y => p t x0 y * (1 - g y))); auto. intros y Hy.
        apply Rmult_le_pos; [now apply pf_nonneg|]. pose proof (g_bounded y Hy). lra. }
    rewrite (rsum_lin2 Y _ (-1) (fun y => p t x0 y * g y) 1 (p t x0)) in H by (intros; ring). rewrite pf_sum in H. lra.
Qed.

Let dvalue t := mean Y (p t x0) (fun y => (g y - value t) * z t x0 y).

Lemma asin_value_derive t : 0 < t < T -> is_derive (fun s => asin (value s)) t (dvalue t * / sqrt (1 - value t ^ 2)).
Proof.
  intros Ht. apply (is_derive_comp asin value); [apply asin_derive, value_inside|].
  apply ParameterFlow.value_derive; auto. apply smooth_all; auto. lra.
Qed.

Lemma asin_value_rate t : 0 < t < T -> dvalue t * / sqrt (1 - value t ^ 2) <= sqrt Fx * sqrt (N t).
Proof.
  intros Ht. pose proof (value_inside t) as Hv. assert (H1 : 0 < 1 - value t ^ 2) by nra.
  pose proof (sqrt_lt_R0 _ H1) as Hs. apply Rmult_le_reg_r with (sqrt (1 - value t ^ 2)); auto.
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. rewrite <- !sqrt_mult_alt by (try apply Rmult_le_pos; try lra; apply speed2_nonneg).
  pose proof (speed2_nonneg vocabulary L d logits prompts w r lam theta t) as HN.
  apply le_sqrt_of_sqr; [apply Rmult_le_pos; [apply Rmult_le_pos; lra|lra]|].
  eapply Rle_trans; [apply (mean_cauchy_schwarz Y (p t x0) (fun y => g y - value t) (z t x0)); intros; now apply pf_nonneg|].
  assert (Hvar : mean Y (p t x0) (fun y => (g y - value t) ^ 2) <= 1 - value t ^ 2).
  { pose proof (var_moments Y (p t x0) (pf_sum t x0) g) as E. unfold var in E. fold (value t) in E. rewrite E.
    assert (mean Y (p t x0) (fun y => g y ^ 2) <= 1); [|lra].
    rewrite <- (mean_const Y (p t x0) (pf_sum t x0) 1). apply mean_le; [intros; now apply pf_nonneg|].
    intros y Hy. pose proof (g_bounded y Hy). nra. }
  pose proof (fisher_x t (partial t) Ht) as HF. change (rsum parameters (fun j => partial t j ^ 2)) with (N t) in HF.
  change (mean Y (p t x0) (fun y => z t x0 y ^ 2) <= Fx * N t) in HF.
  rewrite Rmult_comm. apply Rmult_le_compat; auto; (apply mean_nonneg; [intros; now apply pf_nonneg|intros; apply pow2_ge_0]).
Qed.

Lemma asin_value_cont t : 0 <= t <= T -> continuous (fun s => asin (value s)) t.
Proof.
  intros Ht. apply (cont_after asin value); [|eexists; apply asin_derive, value_inside].
  eapply ParameterFlow.value_continuous; [intros j Hj; apply theta_cont; [exact Ht|exact Hj]|apply smooth_all; auto].
Qed.

Lemma gain_asin gamma : 0 <= gamma -> value 0 + gamma <= value T ->
  asin (value 0) + (asin (value 0 + gamma) - asin (value 0)) <= asin (value T).
Proof.
  intros Hg H. pose proof (value_inside 0). pose proof (value_inside T).
  replace (asin (value 0) + (asin (value 0 + gamma) - asin (value 0))) with (asin (value 0 + gamma)) by ring.
  apply asin_le; lra.
Qed.

Lemma var_cont_f t : 0 <= t <= T -> continuous Var t.
Proof.
  intros Ht. eapply mean_variance_continuous.
  - intros j Hj. apply theta_cont; [exact Ht|exact Hj].
  - intros x Hx. apply smooth_all; auto.
Qed.

Let dvar t := rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)) - 2 * lam * N t.

Lemma var_derive_f t : 0 < t < T -> is_derive Var t (dvar t).
Proof. intros Ht. apply mean_variance_derive; auto. intros x Hx. apply smooth_all; auto. lra. Qed.

(** S8: no score is longer than kappa. *)
Section LongestScore.
Variable kappa : R.
Hypothesis kappa_pos : 0 < kappa.
Hypothesis score_length : forall t x y, 0 < t < T -> In x prompts -> In y Y ->
  rsum parameters (fun j => score_of vocabulary logits jacobian (at_ t) x y j ^ 2) <= kappa ^ 2.

Lemma z_by_length t x y : 0 < t < T -> In x prompts -> In y Y -> z t x y <= kappa * sqrt (N t).
Proof.
  intros Ht Hx Hy. unfold ParameterFlow.z. rewrite score_along_dot.
  pose proof (speed2_nonneg vocabulary L d logits prompts w r lam theta t) as HN.
  replace (kappa * sqrt (N t)) with (sqrt (kappa ^ 2 * N t)) by (rewrite sqrt_mult_alt by (apply pow2_ge_0); rewrite sqrt_pow2 by lra; reflexivity).
  apply le_sqrt_of_sqr; [apply Rmult_le_pos; [apply pow2_ge_0|auto]|].
  pose proof (cauchy_schwarz parameters (fun _ => 1) (partial t) (score_of vocabulary logits jacobian (at_ t) x y) (fun _ _ => Rle_0_1)) as H.
  cbv beta in H. unfold dot.
  rewrite (rsum_ext parameters (fun i => 1 * (partial t i * score_of vocabulary logits jacobian (at_ t) x y i))
    (fun j => partial t j * score_of vocabulary logits jacobian (at_ t) x y j)) in H by (intros; ring).
  rewrite (rsum_ext parameters (fun i => 1 * partial t i ^ 2) (fun j => partial t j ^ 2)) in H by (intros; ring).
  rewrite (rsum_ext parameters (fun i => 1 * score_of vocabulary logits jacobian (at_ t) x y i ^ 2)
    (fun j => score_of vocabulary logits jacobian (at_ t) x y j ^ 2)) in H by (intros; ring).
  eapply Rle_trans; [exact H|]. rewrite (Rmult_comm (kappa ^ 2)). apply Rmult_le_compat_l; [exact HN|]. now apply score_length.
Qed.

Theorem s8_two_sided gamma : 0 <= gamma -> value 0 + gamma <= value T ->
  1 - exp (- (kappa / (2 * sqrt Fx)) * (asin (value 0 + gamma) - asin (value 0))) <= kappa * sqrt F / 2 * sqrt (Var 0) * T.
Proof.
  intros Hg0 Hgain. pose proof (sqrt_lt_R0 F F_pos) as HsF. pose proof (sqrt_lt_R0 Fx Fx_pos) as HsX.
  assert (E : kappa / (2 * sqrt Fx) = kappa * sqrt F / 2 / (sqrt Fx * sqrt F)) by (field; lra). rewrite E.
  eapply (comparison (kappa * sqrt F / 2) (sqrt Fx * sqrt F) T Var dvar (fun t => asin (value t)) (fun t => dvalue t * / sqrt (1 - value t ^ 2))).
  - assert (0 < kappa * sqrt F) by (now apply Rmult_lt_0_compat). lra.
  - now apply Rmult_lt_0_compat.
  - exact T_nonneg.
  - intros t _. now apply mean_variance_nonneg.
  - exact var_cont_f.
  - exact asin_value_cont.
  - exact var_derive_f.
  - exact asin_value_derive.
  - intros t Ht. unfold dvar.
    eapply Rle_trans; [apply (variance_rate_le vocabulary L d logits jacobian prompts w r lam theta w_nonneg lam_nonneg t kappa); [|lra]|].
    + intros x y Hx Hy. now apply z_by_length.
    + pose proof (mean_variance_nonneg vocabulary L logits prompts w r lam theta w_nonneg t) as HV.
      pose proof (fisher_root t Ht) as Hr.
      apply Rle_trans with (kappa * (sqrt F * sqrt (Var t)) * Var t); [|right; field].
      apply Rmult_le_compat_r; auto. apply Rmult_le_compat_l; lra.
  - intros t Ht. eapply Rle_trans; [now apply asin_value_rate|]. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra|]. now apply fisher_root.
  - now apply gain_asin.
Qed.
End LongestScore.

(** S7: no advantage is larger than B. *)
Section LargestAdvantage.
Variable B : R.
Hypothesis B_pos : 0 < B.
Hypothesis advantage_le : forall t x y, 0 < t < T -> In x prompts -> In y Y -> Rabs (A t x y) <= B.

Lemma dvar_le t : 0 < t < T -> dvar t <= B * F * Var t.
Proof.
  intros Ht. pose proof (speed2_nonneg vocabulary L d logits prompts w r lam theta t) as HN.
  pose proof (mean_variance_nonneg vocabulary L logits prompts w r lam theta w_nonneg t) as HV.
  assert (Hlam : 0 <= lam * N t) by now apply Rmult_le_pos.
  pose proof (mean2_cauchy_schwarz prompts w Y (fun x => p t x) (fun x y => A t x y ^ 2) (z t) w_nonneg (fun x y _ Hy => pf_nonneg t x y Hy)) as H.
  cbv beta in H.
  assert (H4 : rsum prompts (fun x => w x * mean Y (p t x) (fun y => (A t x y ^ 2) ^ 2)) <= B ^ 2 * Var t).
  { unfold mean_variance. rewrite <- rsum_scal. apply rsum_le. intros x Hx.
    rewrite <- Rmult_assoc, (Rmult_comm _ (w x)), Rmult_assoc. apply Rmult_le_compat_l; auto.
    unfold mean. rewrite <- rsum_scal. apply rsum_le. intros y Hy.
    replace (B ^ 2 * (p t x y * A t x y ^ 2)) with (p t x y * (B ^ 2 * A t x y ^ 2)) by ring.
    apply Rmult_le_compat_l; [now apply pf_nonneg|].
    assert (Hsq : A t x y ^ 2 <= B ^ 2).
    { rewrite <- (pow2_abs (A t x y)). apply pow_incr. split; [apply Rabs_pos|now apply advantage_le]. }
    pose proof (pow2_ge_0 (A t x y)). replace ((A t x y ^ 2) ^ 2) with (A t x y ^ 2 * A t x y ^ 2) by ring.
    apply Rmult_le_compat_r; auto. }
  pose proof (fisher t (partial t) Ht) as HF. change (rsum parameters (fun j => partial t j ^ 2)) with (N t) in HF.
  assert (HZ : rsum prompts (fun x => w x * mean Y (p t x) (fun y => z t x y ^ 2)) <= F * (F * Var t)).
  { eapply Rle_trans; [exact HF|]. apply Rmult_le_compat_l; [lra|]. now apply fisher_speed. }
  set (W := rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y))) in *.
  assert (HW : W <= B * F * Var t).
  { replace (B * F * Var t) with (sqrt ((B * F * Var t) ^ 2)).
    - apply le_sqrt_of_sqr; [apply pow2_ge_0|]. eapply Rle_trans; [exact H|].
      replace ((B * F * Var t) ^ 2) with (B ^ 2 * Var t * (F * (F * Var t))) by ring. apply Rmult_le_compat; auto.
      + apply rsum_nonneg. intros x Hx. apply Rmult_le_pos; auto. apply mean_nonneg; [intros; now apply pf_nonneg|intros; apply pow2_ge_0].
      + apply rsum_nonneg. intros x Hx. apply Rmult_le_pos; auto. apply mean_nonneg; [intros; now apply pf_nonneg|intros; apply pow2_ge_0].
    - apply sqrt_pow2. apply Rmult_le_pos; auto. apply Rmult_le_pos; lra. }
  unfold dvar. fold W. lra.
Qed.

(** Gronwall. *)
Lemma var_le_exp t : 0 <= t <= T -> Var t <= Var 0 * exp (B * F * t).
Proof.
  intros Ht. set (c := B * F).
  assert (H : Var t * exp (- c * t) <= Var 0 * exp (- c * 0)).
  { apply (nonincreasing (fun s => Var s * exp (- c * s)) (fun s => dvar s * exp (- c * s) + Var s * (- c * exp (- c * s)))); [lra| | |].
    - intros s Hs. apply (cont_mult Var (fun s => exp (- c * s))); [apply var_cont_f; lra|].
      apply (ex_derive_continuous (fun s => exp (- c * s))). auto_derive. exact I.
    - intros s Hs. apply (derive_mult Var (fun s => exp (- c * s))); [apply var_derive_f; lra|]. auto_derive; [exact I|ring].
    - intros s Hs. pose proof (dvar_le s ltac:(lra)) as Hd. fold c in Hd. pose proof (exp_pos (- c * s)) as He.
      replace (dvar s * exp (- c * s) + Var s * (- c * exp (- c * s))) with ((dvar s - c * Var s) * exp (- c * s)) by ring.
      assert (0 <= (c * Var s - dvar s) * exp (- c * s)) by (apply Rmult_le_pos; lra). lra. }
  rewrite Rmult_0_r, exp_0, Rmult_1_r in H.
  apply (Rmult_le_compat_r (exp (c * t))) in H; [|apply Rlt_le, exp_pos].
  rewrite Rmult_assoc, <- exp_plus in H. replace (- c * t + c * t) with 0 in H by ring. rewrite exp_0, Rmult_1_r in H. exact H.
Qed.

Theorem s7_two_sided gamma : 0 <= gamma -> 0 < Var 0 -> value 0 + gamma <= value T ->
  (asin (value 0 + gamma) - asin (value 0)) * B / (2 * sqrt (Var 0)) * sqrt (F / Fx) <= exp (B * F * T / 2) - 1.
Proof.
  intros Hg0 HV Hgain. pose proof (sqrt_lt_R0 F F_pos) as HsF. pose proof (sqrt_lt_R0 Fx Fx_pos) as HsX. pose proof (sqrt_lt_R0 _ HV) as HsV.
  assert (HBF : 0 < B * F) by now apply Rmult_lt_0_compat.
  set (D := asin (value 0 + gamma) - asin (value 0)).
  set (k := sqrt Fx * sqrt F * sqrt (Var 0)). assert (Hk : 0 < k) by (unfold k; apply Rmult_lt_0_compat; auto; now apply Rmult_lt_0_compat).
  assert (Hroot : forall t, 0 < t < T -> sqrt (Var t) <= sqrt (Var 0) * exp (B * F * t / 2)).
  { intros t Ht. replace (sqrt (Var 0) * exp (B * F * t / 2)) with (sqrt (Var 0 * exp (B * F * t))).
    - apply sqrt_le_1_alt, var_le_exp. lra.
    - rewrite sqrt_mult_alt by lra. f_equal. rewrite <- (sqrt_pow2 (exp (B * F * t / 2))) by (apply Rlt_le, exp_pos).
      f_equal. replace (exp (B * F * t / 2) ^ 2) with (exp (B * F * t / 2) * exp (B * F * t / 2)) by ring. rewrite <- exp_plus. f_equal. field. }
  assert (Hmono : asin (value T) - k * (2 / (B * F)) * exp (B * F * T / 2) <= asin (value 0) - k * (2 / (B * F)) * exp (B * F * 0 / 2)).
  { apply (nonincreasing (fun t => asin (value t) - k * (2 / (B * F)) * exp (B * F * t / 2))
      (fun t => dvalue t * / sqrt (1 - value t ^ 2) - k * exp (B * F * t / 2))); auto.
    - intros t Ht. apply (cont_minus (fun t => asin (value t)) (fun t => k * (2 / (B * F)) * exp (B * F * t / 2))); [now apply asin_value_cont|].
      apply (ex_derive_continuous (fun t => k * (2 / (B * F)) * exp (B * F * t / 2))). auto_derive. exact I.
    - intros t Ht. apply (is_derive_minus (fun t => asin (value t)) (fun t => k * (2 / (B * F)) * exp (B * F * t / 2))); [now apply asin_value_derive|].
      set (c := B * F) in *. auto_derive; [exact I|]. change (c * t * / 2) with (c * t / 2). field. lra.
    - intros t Ht. pose proof (asin_value_rate t Ht) as H1. pose proof (fisher_root t Ht) as H2. pose proof (Hroot t Ht) as H3.
      assert (H4 : sqrt Fx * sqrt (N t) <= sqrt Fx * (sqrt F * (sqrt (Var 0) * exp (B * F * t / 2)))).
      { apply Rmult_le_compat_l; [lra|]. eapply Rle_trans; [exact H2|]. apply Rmult_le_compat_l; lra. }
      unfold k. lra. }
  replace (B * F * 0 / 2) with 0 in Hmono by field. rewrite exp_0, Rmult_1_r in Hmono.
  pose proof (gain_asin gamma Hg0 Hgain) as HD. fold D in HD.
  assert (HDk : D <= k * (2 / (B * F)) * (exp (B * F * T / 2) - 1)) by lra.
  rewrite sqrt_div_alt by auto.
  assert (E : D * B / (2 * sqrt (Var 0)) * (sqrt F / sqrt Fx) = D / (k * (2 / (B * F)))).
  { unfold k. replace (B * F) with (B * (sqrt F * sqrt F)) by (rewrite sqrt_sqrt; lra). field. repeat split; lra. }
  rewrite E. assert (Hkk : 0 < k * (2 / (B * F))) by (apply Rmult_lt_0_compat; auto; apply Rdiv_lt_0_compat; lra).
  apply Rmult_le_reg_r with (k * (2 / (B * F))); auto. unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.
End LargestAdvantage.
End FisherTime.

(** For parameters that are continuous at 0 from the right only. *)
Section Final.
Context {P V : Type}.
Variables (vocabulary : list V) (L d : nat).
Variables (logits : (nat -> R) -> P -> list V -> V -> R) (jacobian : (nat -> R) -> P -> list V -> V -> nat -> R).
Variables (prompts : list P) (w : P -> R) (r : P -> list V -> R) (lam : R) (theta : nat -> R -> R).
Variables (x0 : P) (T F Fx gamma : R) (g : list V -> R).
Notation Y := (sequences vocabulary L).
Notation parameters := (seq 0 d).
Notation at_ t := (parameters_at theta t).
Notation p t x := (pi vocabulary logits (at_ t) x).
Hypothesis vocabulary_nonempty : vocabulary <> nil.
Hypothesis w_nonneg : forall x, In x prompts -> 0 <= w x.
Hypothesis w_sum : rsum prompts w = 1.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis T_nonneg : 0 <= T.
Hypothesis F_pos : 0 < F.
Hypothesis Fx_pos : 0 < Fx.
Hypothesis gamma_nonneg : 0 <= gamma.
Hypothesis smooth_all : forall t x, 0 <= t <= T -> In x prompts \/ x = x0 -> smooth vocabulary L d logits jacobian (at_ t) x.
Hypothesis flow : parameter_flow vocabulary L d logits prompts w r lam theta.
Hypothesis fisher : forall t u, 0 < t < T ->
  rsum prompts (fun x => w x * mean Y (p t x) (fun y => score_along vocabulary d logits jacobian (at_ t) x u y ^ 2))
    <= F * rsum parameters (fun j => u j ^ 2).
Hypothesis fisher_x : forall t u, 0 < t < T ->
  mean Y (p t x0) (fun y => score_along vocabulary d logits jacobian (at_ t) x0 u y ^ 2) <= Fx * rsum parameters (fun j => u j ^ 2).
Hypothesis g_bounded : forall y, In y Y -> -1 <= g y <= 1.
Hypothesis g_varies : (exists y, In y Y /\ g y < 1) /\ (exists y, In y Y /\ -1 < g y).
Hypothesis gain : mean Y (p 0 x0) g + gamma <= mean Y (p T x0) g.
Let V0 := rsum prompts (fun x => w x * var Y (p 0 x) (r x)).
Let D := asin (mean Y (p 0 x0) g + gamma) - asin (mean Y (p 0 x0) g).

Lemma ext_ok :
  (forall t x, 0 <= t <= T -> In x prompts \/ x = x0 -> smooth vocabulary L d logits jacobian (parameters_at (extended theta) t) x)
  /\ (forall t j, 0 <= t <= T -> (j < d)%nat -> continuous (extended theta j) t)
  /\ (forall t j, 0 < t < T -> (j < d)%nat ->
      is_derive (extended theta j) t (partial vocabulary L logits prompts w r lam (extended theta) t j)).
Proof.
  split; [|split].
  - intros t x Ht Hx. rewrite extended_at by lra. auto.
  - intros t j Ht Hj. eapply ext_cont; eauto.
  - intros t j Ht Hj. eapply ext_moves; eauto.
Qed.

Lemma ext_variance_0 : mean_variance vocabulary L logits prompts w r lam (extended theta) 0 = V0.
Proof. apply ext_variance; auto. Qed.

Theorem s8_product kappa : 0 < kappa ->
  (forall t x y, 0 < t < T -> In x prompts -> In y Y ->
     rsum parameters (fun j => score_of vocabulary logits jacobian (at_ t) x y j ^ 2) <= kappa ^ 2) ->
  1 - exp (- (kappa / (2 * sqrt Fx)) * D) <= kappa * sqrt F / 2 * sqrt V0 * T.
Proof.
  intros Hk Hlen. destruct ext_ok as (H1 & H2 & H3). rewrite <- ext_variance_0. unfold D.
  rewrite <- (extended_at theta 0) by lra.
  apply (s8_two_sided vocabulary L d logits jacobian prompts w r lam (extended theta) x0 T F Fx g); auto.
  - intros t u Ht. rewrite extended_at by lra. auto.
  - intros t u Ht. rewrite extended_at by lra. auto.
  - intros t x y Ht Hx Hy. rewrite extended_at by lra. auto.
  - rewrite (extended_at theta 0), (extended_at theta T) by lra. exact gain.
Qed.

Theorem s7_product B : 0 < B -> 0 < V0 ->
  (forall t x y, 0 < t < T -> In x prompts -> In y Y -> Rabs (A vocabulary L logits r lam theta t x y) <= B) ->
  D * B / (2 * sqrt V0) * sqrt (F / Fx) <= exp (B * F * T / 2) - 1.
Proof.
  intros HB HV Hadv. destruct ext_ok as (H1 & H2 & H3). rewrite <- ext_variance_0 in *. unfold D.
  rewrite <- (extended_at theta 0) by lra.
  apply (s7_two_sided vocabulary L d logits jacobian prompts w r lam (extended theta) x0 T F Fx g); auto.
  - intros t u Ht. rewrite extended_at by lra. auto.
  - intros t u Ht. rewrite extended_at by lra. auto.
  - intros t x y Ht Hx Hy. specialize (Hadv t x y Ht Hx Hy). unfold A, advantage, regularised in *.
    rewrite (extended_at theta 0), (extended_at theta t) by lra. exact Hadv.
  - rewrite (extended_at theta 0), (extended_at theta T) by lra. exact gain.
Qed.
End Final.
