(** Hitting times and path lengths of parameters that flow: S4 [s4, s4-path], from which Theorem 4 [thm4], Lemma 5
    [lem5] and Lemma 6 [lem6] follow. *)
From Coq Require Import Reals List Lra Psatz PeanoNat.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Comparison Softmax Differentiable JointObjective MovingPolicy Sequences
  Autoregressive ParameterFlow Flow.
Open Scope R_scope.

Lemma sqrt_twice L C : 0 <= C -> sqrt 2 * C * sqrt (INR L * C ^ 2 / 2) = sqrt (INR L) * C ^ 2.
Proof.
  intros HC. replace (INR L * C ^ 2 / 2) with (INR L * (C ^ 2 * / 2)) by field.
  rewrite (sqrt_mult_alt (INR L)) by apply pos_INR. rewrite (sqrt_mult_alt (C ^ 2)) by apply pow2_ge_0.
  rewrite sqrt_pow2 by auto.
  assert (E : sqrt 2 * sqrt (/ 2) = 1) by (rewrite <- sqrt_mult_alt, Rinv_r, sqrt_1 by lra; reflexivity).
  replace (sqrt 2 * C * (sqrt (INR L) * (C * sqrt (/ 2)))) with (sqrt 2 * sqrt (/ 2) * (sqrt (INR L) * C ^ 2)) by ring.
  rewrite E. ring.
Qed.

Section Times.
Context {P V : Type}.
Variables (vocabulary : list V) (L d : nat).
Variables (logits : (nat -> R) -> P -> list V -> V -> R) (jacobian : (nat -> R) -> P -> list V -> V -> nat -> R).
Variables (prompts : list P) (w : P -> R) (r : P -> list V -> R) (lam : R) (theta : nat -> R -> R).
Variables (x0 : P) (T C : R).
Notation Y := (sequences vocabulary L).
Notation at_ t := (parameters_at theta t).
Notation p t x := (pi vocabulary logits (at_ t) x).
Notation partial := (partial vocabulary L logits prompts w r lam theta).
Notation Var := (mean_variance vocabulary L logits prompts w r lam theta).
Notation N := (speed2 vocabulary L d logits prompts w r lam theta).
Notation smooth := (smooth vocabulary L d logits jacobian).
Notation contrast_norm := (contrast_norm vocabulary L d jacobian).

Hypothesis vocabulary_nonempty : vocabulary <> nil.
Hypothesis w_nonneg : forall x, In x prompts -> 0 <= w x.
Hypothesis w_sum : rsum prompts w = 1.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis L_pos : (0 < L)%nat.
Hypothesis C_pos : 0 < C.
Hypothesis T_nonneg : 0 <= T.

Let Lambda := INR L * C ^ 2 / 2.
Let a := INR L * sqrt (INR L) * C ^ 2 / 2.

Lemma L_positive : 0 < INR L.
Proof. now apply lt_0_INR. Qed.
Lemma root_positive : 0 < sqrt (INR L).
Proof. apply sqrt_lt_R0, L_positive. Qed.
Lemma Lambda_positive : 0 < Lambda.
Proof. unfold Lambda. pose proof L_positive. pose proof (pow_lt _ 2 C_pos). nra. Qed.
Lemma a_positive : 0 < a.
Proof.
  unfold a. pose proof L_positive. pose proof root_positive. pose proof (pow_lt _ 2 C_pos).
  assert (0 < INR L * sqrt (INR L)) by (apply Rmult_lt_0_compat; auto). nra.
Qed.
Lemma a_over_Lambda : a / Lambda = sqrt (INR L).
Proof. unfold a, Lambda. pose proof L_positive. field. pose proof (pow_lt _ 2 C_pos). nra. Qed.

Section AtTime.
Variable t : R.
Hypothesis smooth_now : forall x, In x prompts -> smooth (at_ t) x.
Hypothesis contrast_now : forall x, In x prompts -> contrast_norm (at_ t) x C.

Lemma speed_rate_now : sqrt (N t) <= sqrt Lambda * sqrt (Var t).
Proof. apply (speed_le vocabulary L d logits jacobian prompts w r lam theta vocabulary_nonempty w_nonneg w_sum t C); auto. Qed.

(** Step 1 of S4. *)
Lemma variance_rate_now :
  rsum prompts (fun x => w x * mean Y (p t x) (fun y => A vocabulary L logits r lam theta t x y ^ 2
    * z vocabulary L d logits jacobian prompts w r lam theta t x y)) - 2 * lam * N t <= 2 * a * (Var t * sqrt (Var t)).
Proof.
  assert (HC : 0 <= C) by lra.
  set (B := sqrt 2 * INR L * C).
  assert (HB : 0 <= B).
  { unfold B. pose proof (sqrt_pos 2). pose proof (pos_INR L). apply Rmult_le_pos; auto. apply Rmult_le_pos; auto. }
  eapply Rle_trans; [apply (variance_rate_le vocabulary L d logits jacobian prompts w r lam theta w_nonneg lam_nonneg t B)|].
  - intros x y Hx Hy.
    pose proof (z_le vocabulary L d logits jacobian prompts w r lam theta vocabulary_nonempty t C HC x y
      (contrast_now x Hx) Hy) as Hz.
    eapply Rle_trans; [apply Rle_abs|exact Hz].
  - exact HB.
  - pose proof (mean_variance_nonneg vocabulary L logits prompts w r lam theta w_nonneg t) as HV.
    apply Rle_trans with (B * (sqrt Lambda * sqrt (Var t)) * Var t).
    + apply Rmult_le_compat_r; auto. apply Rmult_le_compat_l; auto. exact speed_rate_now.
    + right. unfold B, a, Lambda.
      replace (sqrt 2 * INR L * C * (sqrt (INR L * C ^ 2 / 2) * sqrt (Var t)) * Var t)
        with (INR L * (sqrt 2 * C * sqrt (INR L * C ^ 2 / 2)) * (Var t * sqrt (Var t))) by ring.
      rewrite sqrt_twice by auto. field.
Qed.
End AtTime.

Section TwoSided.
Hypothesis smooth_all : forall t x, 0 <= t <= T -> In x prompts \/ x = x0 -> smooth (at_ t) x.
Hypothesis contrast : forall t x, 0 < t < T -> In x prompts \/ x = x0 -> contrast_norm (at_ t) x C.
Hypothesis theta_cont : forall t j, 0 <= t <= T -> (j < d)%nat -> continuous (theta j) t.
Hypothesis moves : forall t j, 0 < t < T -> (j < d)%nat -> is_derive (theta j) t (partial t j).

Lemma smooth_prompts t : 0 <= t <= T -> forall x, In x prompts -> smooth (at_ t) x.
Proof. intros Ht x Hx. apply smooth_all; auto. Qed.

Lemma speed_rate t : 0 < t < T -> sqrt (N t) <= sqrt Lambda * sqrt (Var t).
Proof. intros Ht. apply speed_rate_now; [apply smooth_prompts; lra|auto]. Qed.

Lemma variance_rate t : 0 < t < T ->
  rsum prompts (fun x => w x * mean Y (p t x) (fun y => A vocabulary L logits r lam theta t x y ^ 2
    * z vocabulary L d logits jacobian prompts w r lam theta t x y)) - 2 * lam * N t <= 2 * a * (Var t * sqrt (Var t)).
Proof. intros Ht. apply variance_rate_now; [apply smooth_prompts; lra|auto]. Qed.

Lemma var_cont t : 0 <= t <= T -> continuous Var t.
Proof.
  intros Ht. eapply mean_variance_continuous.
  - intros j Hj. apply theta_cont; [exact Ht|exact Hj].
  - apply smooth_prompts; exact Ht.
Qed.

Lemma var_derive t : 0 < t < T -> is_derive Var t
  (rsum prompts (fun x => w x * mean Y (p t x) (fun y => A vocabulary L logits r lam theta t x y ^ 2
    * z vocabulary L d logits jacobian prompts w r lam theta t x y)) - 2 * lam * N t).
Proof.
  intros Ht. apply mean_variance_derive; auto.
  - apply smooth_prompts. lra.
Qed.

(** Step 3 of S4. *)
Lemma s4_two_sided g gamma : (forall y, In y Y -> -1 <= g y <= 1) -> mean Y (p 0 x0) g + gamma <= mean Y (p T x0) g ->
  1 - exp (- sqrt (INR L) * gamma) <= a * sqrt (Var 0) * T.
Proof.
  intros Hg Hgain. rewrite <- a_over_Lambda.
  eapply (comparison a Lambda T Var _ (fun t => mean Y (p t x0) g)
    (fun t => mean Y (p t x0) (fun y => (g y - mean Y (p t x0) g) * z vocabulary L d logits jacobian prompts w r lam theta t x0 y))).
  - exact a_positive.
  - exact Lambda_positive.
  - exact T_nonneg.
  - intros t _. now apply mean_variance_nonneg.
  - exact var_cont.
  - intros t Ht. eapply ParameterFlow.value_continuous; [intros j Hj; apply theta_cont; [exact Ht|exact Hj]|apply smooth_all; auto].
  - exact var_derive.
  - intros t Ht. apply ParameterFlow.value_derive; auto. apply smooth_all; auto. lra.
  - exact variance_rate.
  - intros t Ht. assert (HC : 0 <= C) by lra.
    eapply Rle_trans; [apply ParameterFlow.value_rate_le with (C := C); auto|].
    fold Lambda. pose proof (sqrt_sqrt Lambda (Rlt_le _ _ Lambda_positive)) as Es. pose proof (speed_rate t Ht).
    rewrite <- Es at 2. rewrite Rmult_assoc. apply Rmult_le_compat_l; [apply sqrt_pos|auto].
  - exact Hgain.
Qed.

(** Lemma 1 for the mean variance, and its integral: parameters do not travel far. *)
Section Path.
Let s0 := sqrt (Var 0).
Hypothesis early : 0 < 1 - a * s0 * T.

Lemma still_early t : 0 <= t <= T -> 0 < 1 - a * s0 * t.
Proof.
  intros Ht. pose proof a_positive. assert (0 <= a * s0) by (apply Rmult_le_pos; [lra|apply sqrt_pos]). nra.
Qed.

Lemma root_le t : 0 <= t <= T -> sqrt (Var t) <= s0 / (1 - a * s0 * t).
Proof.
  intros Ht. pose proof (still_early t Ht) as Hb. apply Rmult_le_reg_r with (1 - a * s0 * t); auto.
  replace (s0 / (1 - a * s0 * t) * (1 - a * s0 * t)) with s0 by (field; lra).
  eapply (root_growth a t Var); [exact a_positive|lra| | | |].
  - intros s _. now apply mean_variance_nonneg.
  - intros s Hs. apply var_cont. lra.
  - intros s Hs. apply var_derive. lra.
  - intros s Hs. apply variance_rate. lra.
Qed.

Lemma speed_early t : 0 < t < T -> sqrt (N t) <= sqrt Lambda * (s0 / (1 - a * s0 * t)).
Proof.
  intros Ht. eapply Rle_trans; [now apply speed_rate|]. apply Rmult_le_compat_l; [apply sqrt_pos|]. apply root_le. lra.
Qed.

Theorem path_two_sided length : is_RInt (fun t => sqrt (N t)) 0 T length ->
  length <= sqrt Lambda / a * ln (/ (1 - a * s0 * T)).
Proof.
  intros Hlen. apply (is_RInt_le (fun t => sqrt (N t)) (fun t => sqrt Lambda * (s0 / (1 - a * s0 * t))) 0 T); auto.
  - apply bound_integral; auto; [apply a_positive|apply sqrt_pos].
  - intros t Ht. now apply speed_early.
Qed.

(** No probability of a training prompt changes by more than the square of the same factor. *)
Lemma log_ratio_two_sided x y : In x prompts -> In y Y -> Rabs (ln (p T x y / p 0 x y)) <= 2 * ln (/ (1 - a * s0 * T)).
Proof.
  intros Hx Hy. assert (HC : 0 <= C) by lra.
  set (zt := fun t => z vocabulary L d logits jacobian prompts w r lam theta t x y).
  set (h := fun t => ln (p t x y / p 0 x y)).
  assert (Hh : forall t, 0 < t < T -> is_derive h t (zt t)).
  { intros t Ht.
    assert (H : is_derive (fun s => 0 - -1 * ln (p s x y / p 0 x y)) t (- -1 * zt t)).
    { apply (regularised_derive Y (fun _ => 0) (p 0 x) (-1) (fun s => p s x)).
      - intros; eapply pi_pos; eauto.
      - intros; eapply pi_pos; eauto.
      - intros v Hv. refine (p_derive vocabulary L d logits jacobian prompts w r lam theta t (fun j Hj => moves t j Ht Hj) x _ v Hv). apply smooth_all; auto; lra.
      - exact Hy. }
    apply (is_derive_ext _ h) in H; [|intros s; unfold h; change (0 - -1 * ln (p s x y / p 0 x y) = ln (p s x y / p 0 x y)); ring].
    refine (derive_eq _ _ _ _ H _). ring. }
  assert (Hc : forall t, 0 <= t <= T -> continuous h t).
  { intros t Ht. assert (H : continuous (fun s => 0 - -1 * ln (p s x y / p 0 x y)) t).
    { apply (regularised_continuous Y (fun _ => 0) (p 0 x) (-1) (fun s => p s x)).
      - intros; eapply pi_pos; eauto.
      - intros; eapply pi_pos; eauto.
      - intros v Hv. eapply p_continuous; [intros j Hj; apply theta_cont; [exact Ht|exact Hj]|apply smooth_all; auto|exact Hv].
      - exact Hy. }
    apply (continuous_ext _ h t) in H; auto. intros s. unfold h. change (0 - -1 * ln (p s x y / p 0 x y) = ln (p s x y / p 0 x y)). ring. }
  assert (Hz : forall t, 0 < t < T -> Rabs (zt t) <= 2 * (a * s0 / (1 - a * s0 * t))).
  { intros t Ht. pose proof (still_early t ltac:(lra)) as Hb.
    eapply Rle_trans; [apply (z_le vocabulary L d logits jacobian prompts w r lam theta vocabulary_nonempty t C HC x y (contrast t x Ht (or_introl Hx)) Hy)|].
    assert (HB : 0 <= sqrt 2 * INR L * C).
    { pose proof (sqrt_pos 2). pose proof (pos_INR L). apply Rmult_le_pos; auto. apply Rmult_le_pos; auto. }
    apply Rle_trans with (sqrt 2 * INR L * C * (sqrt Lambda * (s0 / (1 - a * s0 * t)))).
    - apply Rmult_le_compat_l; auto. now apply speed_early.
    - right. unfold Lambda.
      replace (sqrt 2 * INR L * C * (sqrt (INR L * C ^ 2 / 2) * (s0 / (1 - a * s0 * t))))
        with (INR L * (sqrt 2 * C * sqrt (INR L * C ^ 2 / 2)) * (s0 / (1 - a * s0 * t))) by ring.
      rewrite sqrt_twice by auto. unfold a in *. field. lra. }
  assert (Hl : forall t, 0 <= t <= T -> continuous (fun t => 2 * ln (1 - a * s0 * t)) t).
  { intros t Ht. pose proof (still_early t Ht). apply (ex_derive_continuous (fun t => 2 * ln (1 - a * s0 * t))). auto_derive. lra. }
  assert (Hld : forall t, 0 < t < T -> is_derive (fun t => 2 * ln (1 - a * s0 * t)) t (- (2 * (a * s0 / (1 - a * s0 * t))))).
  { intros t Ht. pose proof (still_early t ltac:(lra)). auto_derive; [lra|]. field. lra. }
  assert (H0 : h 0 = 0).
  { unfold h. assert (0 < p 0 x y) by (eapply pi_pos; eauto). replace (p 0 x y / p 0 x y) with 1 by (field; lra). apply ln_1. }
  assert (Hup : h T + 2 * ln (1 - a * s0 * T) <= h 0 + 2 * ln (1 - a * s0 * 0)).
  { apply (nonincreasing (fun t => h t + 2 * ln (1 - a * s0 * t)) (fun t => zt t + - (2 * (a * s0 / (1 - a * s0 * t))))); auto.
    - intros t Ht. apply (continuous_plus h (fun t => 2 * ln (1 - a * s0 * t))); auto.
    - intros t Ht. apply (is_derive_plus h (fun t => 2 * ln (1 - a * s0 * t))); auto.
    - intros t Ht. pose proof (Hz t Ht). pose proof (Rle_abs (zt t)). lra. }
  assert (Hdown : h 0 + - (2 * ln (1 - a * s0 * 0)) <= h T + - (2 * ln (1 - a * s0 * T))).
  { apply (nondecreasing (fun t => h t + - (2 * ln (1 - a * s0 * t))) (fun t => zt t + - - (2 * (a * s0 / (1 - a * s0 * t))))); auto.
    - intros t Ht. apply (continuous_plus h (fun t => - (2 * ln (1 - a * s0 * t)))); auto.
      apply (continuous_opp (fun t => 2 * ln (1 - a * s0 * t))); auto.
    - intros t Ht. apply (is_derive_plus h (fun t => - (2 * ln (1 - a * s0 * t)))); auto.
      apply (is_derive_opp (fun t => 2 * ln (1 - a * s0 * t))); auto.
    - intros t Ht. pose proof (Hz t Ht). pose proof (Rle_abs (- zt t)). rewrite Rabs_Ropp in *. lra. }
  replace (1 - a * s0 * 0) with 1 in * by ring. rewrite ln_1, H0 in *.
  rewrite ln_Rinv by auto. fold (h T). apply Rabs_le. lra.
Qed.
End Path.
End TwoSided.

(** ** From right-continuous parameters to two-sided ones *)

Lemma extended_at t : 0 <= t -> parameters_at (extended theta) t = at_ t.
Proof. intros Ht. unfold parameters_at, extended. now rewrite Rmax_right. Qed.
End Times.

Section Final.
Context {P V : Type}.
Variables (vocabulary : list V) (L d : nat).
Variables (logits : (nat -> R) -> P -> list V -> V -> R) (jacobian : (nat -> R) -> P -> list V -> V -> nat -> R).
Variables (prompts : list P) (w : P -> R) (r : P -> list V -> R) (lam : R) (theta : nat -> R -> R).
Variables (x0 : P) (T C : R).
Notation Y := (sequences vocabulary L).
Notation at_ t := (parameters_at theta t).
Notation p t x := (pi vocabulary logits (at_ t) x).
Notation Var := (mean_variance vocabulary L logits prompts w r lam theta).
Notation N := (speed2 vocabulary L d logits prompts w r lam theta).
Notation ext := (extended theta).

Hypothesis vocabulary_nonempty : vocabulary <> nil.
Hypothesis w_nonneg : forall x, In x prompts -> 0 <= w x.
Hypothesis w_sum : rsum prompts w = 1.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis T_nonneg : 0 <= T.
Hypothesis smooth_all : forall t x, 0 <= t <= T -> In x prompts \/ x = x0 -> smooth vocabulary L d logits jacobian (at_ t) x.
Hypothesis contrast : forall t x, 0 < t < T -> In x prompts \/ x = x0 -> contrast_norm vocabulary L d jacobian (at_ t) x C.
Hypothesis flow : parameter_flow vocabulary L d logits prompts w r lam theta.

Lemma ext_objective z : training_objective vocabulary L logits prompts w r lam ext z
  = training_objective vocabulary L logits prompts w r lam theta z.
Proof. unfold training_objective. now rewrite (extended_at theta 0) by lra. Qed.

Lemma ext_partial t j : 0 <= t -> partial vocabulary L logits prompts w r lam ext t j = partial vocabulary L logits prompts w r lam theta t j.
Proof.
  intros Ht. unfold partial. rewrite (extended_at theta t) by auto. unfold extended at 2. rewrite Rmax_right by auto.
  apply Derive_ext. intros s. apply ext_objective.
Qed.

Lemma ext_speed t : 0 <= t -> speed2 vocabulary L d logits prompts w r lam ext t = N t.
Proof. intros Ht. apply rsum_ext. intros j _. now rewrite ext_partial. Qed.

Lemma ext_smooth t x : 0 <= t <= T -> In x prompts \/ x = x0 -> smooth vocabulary L d logits jacobian (parameters_at ext t) x.
Proof. intros Ht Hx. rewrite extended_at by lra. auto. Qed.

Lemma ext_contrast t x : 0 < t < T -> In x prompts \/ x = x0 -> contrast_norm vocabulary L d jacobian (parameters_at ext t) x C.
Proof. intros Ht Hx. rewrite extended_at by lra. auto. Qed.

Lemma ext_cont t j : 0 <= t <= T -> (j < d)%nat -> continuous (ext j) t.
Proof.
  intros [[Ht|<-] _] Hj.
  - apply (ex_derive_continuous (ext j)). eexists. apply extend_derive; auto. now apply flow.
  - apply extend_continuous. now apply flow.
Qed.

Lemma ext_moves t j : 0 < t < T -> (j < d)%nat -> is_derive (ext j) t (partial vocabulary L logits prompts w r lam ext t j).
Proof. intros Ht Hj. rewrite ext_partial by lra. apply extend_derive; [lra|]. apply flow; auto; lra. Qed.

Lemma ext_variance : mean_variance vocabulary L logits prompts w r lam ext 0 = rsum prompts (fun x => w x * var Y (p 0 x) (r x)).
Proof. rewrite mean_variance_0 by auto. now rewrite (extended_at theta 0) by lra. Qed.

Let V0 := rsum prompts (fun x => w x * var Y (p 0 x) (r x)).
Let a := INR L * sqrt (INR L) * C ^ 2 / 2.

Hypothesis L_pos : (0 < L)%nat.
Hypothesis C_pos : 0 < C.

(** S4. *)
Theorem s4_product g gamma : (forall y, In y Y -> -1 <= g y <= 1) -> mean Y (p 0 x0) g + gamma <= mean Y (p T x0) g ->
  1 - exp (- sqrt (INR L) * gamma) <= a * sqrt V0 * T.
Proof.
  intros Hg Hgain. unfold V0. rewrite <- ext_variance.
  apply (s4_two_sided vocabulary L d logits jacobian prompts w r lam ext x0 T C) with (g := g); auto.
  - exact ext_smooth.
  - exact ext_contrast.
  - exact ext_cont.
  - exact ext_moves.
  - rewrite (extended_at theta 0), (extended_at theta T) by lra. exact Hgain.
Qed.

Theorem s4_path length : 0 < 1 - a * sqrt V0 * T -> is_RInt (fun t => sqrt (N t)) 0 T length ->
  length <= sqrt (INR L * C ^ 2 / 2) / a * ln (/ (1 - a * sqrt V0 * T)).
Proof.
  unfold V0. rewrite <- ext_variance. intros He Hlen.
  apply (path_two_sided vocabulary L d logits jacobian prompts w r lam ext x0 T C); auto.
  - exact ext_smooth.
  - exact ext_contrast.
  - exact ext_cont.
  - exact ext_moves.
  - apply (is_RInt_ext (fun t => sqrt (N t))); auto. intros t Ht. rewrite Rmin_left in Ht by auto. now rewrite ext_speed by lra.
Qed.

Theorem log_ratio x y : 0 < 1 - a * sqrt V0 * T -> In x prompts -> In y Y ->
  Rabs (ln (p T x y / p 0 x y)) <= 2 * ln (/ (1 - a * sqrt V0 * T)).
Proof.
  unfold V0. rewrite <- ext_variance. intros He Hx Hy.
  rewrite <- (extended_at theta 0), <- (extended_at theta T) by lra.
  apply (log_ratio_two_sided vocabulary L d logits jacobian prompts w r lam ext x0 T C); auto.
  - exact ext_smooth.
  - exact ext_contrast.
  - exact ext_cont.
  - exact ext_moves.
Qed.
End Final.
