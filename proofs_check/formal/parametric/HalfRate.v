(** S6 [s6, s6-var-rate, s6-path]: half the rate of growth of S4, with contrasts, for any number of tokens. *)
From Coq Require Import Reals List Lra Psatz PeanoNat.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Comparison Softmax Differentiable JointObjective MovingPolicy Sequences
  Autoregressive ParameterFlow Flow ParameterTimes OneToken ManyTokens.
Open Scope R_scope.

Section HalfRate.
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
Notation A := (A vocabulary L logits r lam theta).
Notation z := (z vocabulary L d logits jacobian prompts w r lam theta).

Hypothesis vocabulary_nonempty : vocabulary <> nil.
Hypothesis w_nonneg : forall x, In x prompts -> 0 <= w x.
Hypothesis w_sum : rsum prompts w = 1.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis L_pos : (0 < L)%nat.
Hypothesis C_pos : 0 < C.

Lemma half_rate t : (forall x, In x prompts -> smooth (at_ t) x) -> (forall x, In x prompts -> contrast_norm (at_ t) x C) ->
  (forall j, (j < d)%nat -> is_derive (theta j) t (partial t j)) ->
  rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)) - 2 * lam * N t
    <= INR L * sqrt (INR L) * C ^ 2 / 2 * (Var t * sqrt (Var t)).
Proof.
  intros Hs Hc Hm. destruct (Nat.eq_dec L 1) as [E|E].
  - revert Hs Hc Hm. rewrite E. intros Hs Hc Hm.
    eapply Rle_trans; [apply (variance_rate_one vocabulary d logits jacobian prompts w r lam theta C); auto|].
    right. change (INR 1) with 1. rewrite sqrt_1. field.
  - apply (many_variance_rate vocabulary L d logits jacobian prompts w r lam theta C); auto. lia.
Qed.

Section TwoSided.
Hypothesis T_nonneg : 0 <= T.
Hypothesis smooth_all : forall t x, 0 <= t <= T -> In x prompts \/ x = x0 -> smooth (at_ t) x.
Hypothesis contrast : forall t x, 0 < t < T -> In x prompts \/ x = x0 -> contrast_norm (at_ t) x C.
Hypothesis theta_cont : forall t j, 0 <= t <= T -> (j < d)%nat -> continuous (theta j) t.
Hypothesis moves : forall t j, 0 < t < T -> (j < d)%nat -> is_derive (theta j) t (partial t j).

Lemma s6_two_sided g gamma : (forall y, In y Y -> -1 <= g y <= 1) -> mean Y (p 0 x0) g + gamma <= mean Y (p T x0) g ->
  1 - exp (- (sqrt (INR L) / 2) * gamma) <= INR L * sqrt (INR L) * C ^ 2 / 4 * sqrt (Var 0) * T.
Proof.
  intros Hg Hgain. assert (HL : 1 <= INR L) by (apply (le_INR 1); lia). pose proof (pow_lt _ 2 C_pos) as HC2. pose proof (sqrt_lt_R0 (INR L) ltac:(lra)) as HsL.
  set (a := INR L * sqrt (INR L) * C ^ 2 / 4). set (Lambda := INR L * C ^ 2 / 2).
  assert (Ha : 0 < a) by (unfold a; assert (0 < INR L * sqrt (INR L) * C ^ 2) by (apply Rmult_lt_0_compat; auto; apply Rmult_lt_0_compat; lra); lra).
  assert (HLam : 0 < Lambda) by (unfold Lambda; assert (0 < INR L * C ^ 2) by (apply Rmult_lt_0_compat; lra); lra).
  replace (sqrt (INR L) / 2) with (a / Lambda) by (unfold a, Lambda; field; lra).
  assert (Hspeed : forall t, 0 < t < T -> sqrt (N t) <= sqrt Lambda * sqrt (Var t)).
  { intros t Ht. apply (speed_le vocabulary L d logits jacobian prompts w r lam theta vocabulary_nonempty w_nonneg w_sum t C).
    - intros x Hx. apply smooth_all; auto. lra.
    - intros x Hx. apply contrast; auto. }
  eapply (comparison a Lambda T Var _ (fun t => mean Y (p t x0) g)
    (fun t => mean Y (p t x0) (fun y => (g y - mean Y (p t x0) g) * z t x0 y))).
  - exact Ha.
  - exact HLam.
  - exact T_nonneg.
  - intros t _. now apply mean_variance_nonneg.
  - intros t Ht. eapply mean_variance_continuous.
    + intros j Hj. apply theta_cont; [exact Ht|exact Hj].
    + intros x Hx. apply smooth_all; auto.
  - intros t Ht. eapply ParameterFlow.value_continuous; [intros j Hj; apply theta_cont; [exact Ht|exact Hj]|apply smooth_all; auto].
  - intros t Ht. apply (mean_variance_derive vocabulary L d logits jacobian prompts w r lam theta); auto.
    intros x Hx. apply smooth_all; auto. lra.
  - intros t Ht. apply ParameterFlow.value_derive; auto. apply smooth_all; auto. lra.
  - intros t Ht. eapply Rle_trans; [apply half_rate; auto|].
    + intros x Hx. apply smooth_all; auto. lra.
    + right. unfold a. field.
  - intros t Ht. assert (HC : 0 <= C) by lra.
    eapply Rle_trans; [apply ParameterFlow.value_rate_le with (C := C); auto|]. fold Lambda.
    pose proof (sqrt_sqrt Lambda (Rlt_le _ _ HLam)) as Es. rewrite <- Es at 2. rewrite Rmult_assoc. apply Rmult_le_compat_l; [apply sqrt_pos|auto].
  - exact Hgain.
Qed.

(** The path: S6 in place of S4. *)
Lemma path_half length : 0 < 1 - INR L * sqrt (INR L) * C ^ 2 / 4 * sqrt (Var 0) * T ->
  is_RInt (fun t => sqrt (N t)) 0 T length ->
  length <= sqrt (INR L * C ^ 2 / 2) / (INR L * sqrt (INR L) * C ^ 2 / 4) * ln (/ (1 - INR L * sqrt (INR L) * C ^ 2 / 4 * sqrt (Var 0) * T)).
Proof.
  assert (HL : 1 <= INR L) by (apply (le_INR 1); lia). pose proof (pow_lt _ 2 C_pos) as HC2. pose proof (sqrt_lt_R0 (INR L) ltac:(lra)) as HsL.
  set (a := INR L * sqrt (INR L) * C ^ 2 / 4). set (s0 := sqrt (Var 0)). intros Hearly Hlen.
  assert (Ha : 0 < a) by (unfold a; assert (0 < INR L * sqrt (INR L) * C ^ 2) by (apply Rmult_lt_0_compat; auto; apply Rmult_lt_0_compat; lra); lra).
  assert (Hs0 : 0 <= s0) by apply sqrt_pos.
  apply (is_RInt_le (fun t => sqrt (N t)) (fun t => sqrt (INR L * C ^ 2 / 2) * (s0 / (1 - a * s0 * t))) 0 T); auto.
  - now apply bound_integral.
  - intros t Ht.
    assert (Hspeed : sqrt (N t) <= sqrt (INR L * C ^ 2 / 2) * sqrt (Var t)).
    { apply (speed_le vocabulary L d logits jacobian prompts w r lam theta vocabulary_nonempty w_nonneg w_sum t C).
      - intros x Hx. apply smooth_all; auto. lra.
      - intros x Hx. apply contrast; auto. }
    eapply Rle_trans; [exact Hspeed|]. apply Rmult_le_compat_l; [apply sqrt_pos|].
    assert (Hb : 0 < 1 - a * s0 * t) by (assert (0 <= a * s0) by (apply Rmult_le_pos; lra); nra).
    apply Rmult_le_reg_r with (1 - a * s0 * t); auto. replace (s0 / (1 - a * s0 * t) * (1 - a * s0 * t)) with s0 by (field; lra).
    eapply (root_growth a t Var); [exact Ha|lra| | | |].
    + intros s _. now apply mean_variance_nonneg.
    + intros s Hs. eapply mean_variance_continuous.
      * intros j Hj. apply theta_cont; [|exact Hj]. lra.
      * intros x Hx. apply smooth_all; auto. lra.
    + intros s Hs. apply (mean_variance_derive vocabulary L d logits jacobian prompts w r lam theta); auto.
      * intros x Hx. apply smooth_all; auto. lra.
      * intros j Hj. apply moves; auto. lra.
    + intros s Hs. eapply Rle_trans; [apply half_rate; auto|].
      * intros x Hx. apply smooth_all; auto. lra.
      * intros x Hx. apply contrast; auto. lra.
      * intros j Hj. apply moves; auto. lra.
      * right. unfold a. field.
Qed.
End TwoSided.
End HalfRate.

Section Final.
Context {P V : Type}.
Variables (vocabulary : list V) (L d : nat).
Variables (logits : (nat -> R) -> P -> list V -> V -> R) (jacobian : (nat -> R) -> P -> list V -> V -> nat -> R).
Variables (prompts : list P) (w : P -> R) (r : P -> list V -> R) (lam : R) (theta : nat -> R -> R).
Variables (x0 : P) (T C : R).
Notation Y := (sequences vocabulary L).
Notation p t x := (pi vocabulary logits (parameters_at theta t) x).
Hypothesis vocabulary_nonempty : vocabulary <> nil.
Hypothesis w_nonneg : forall x, In x prompts -> 0 <= w x.
Hypothesis w_sum : rsum prompts w = 1.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis T_nonneg : 0 <= T.
Hypothesis smooth_all : forall t x, 0 <= t <= T -> In x prompts \/ x = x0 ->
  smooth vocabulary L d logits jacobian (parameters_at theta t) x.
Hypothesis contrast : forall t x, 0 < t < T -> In x prompts \/ x = x0 ->
  contrast_norm vocabulary L d jacobian (parameters_at theta t) x C.
Hypothesis flow : parameter_flow vocabulary L d logits prompts w r lam theta.
Hypothesis L_pos : (0 < L)%nat.
Hypothesis C_pos : 0 < C.
Let V0 := rsum prompts (fun x => w x * var Y (p 0 x) (r x)).
Let a := INR L * sqrt (INR L) * C ^ 2 / 4.

Lemma extended_ok :
  (forall t x, 0 <= t <= T -> In x prompts \/ x = x0 -> smooth vocabulary L d logits jacobian (parameters_at (extended theta) t) x)
  /\ (forall t x, 0 < t < T -> In x prompts \/ x = x0 -> contrast_norm vocabulary L d jacobian (parameters_at (extended theta) t) x C)
  /\ (forall t j, 0 <= t <= T -> (j < d)%nat -> continuous (extended theta j) t)
  /\ (forall t j, 0 < t < T -> (j < d)%nat ->
      is_derive (extended theta j) t (partial vocabulary L logits prompts w r lam (extended theta) t j)).
Proof.
  split; [|split; [|split]].
  - intros t x Ht Hx. rewrite extended_at by lra. auto.
  - intros t x Ht Hx. rewrite extended_at by lra. auto.
  - intros t j Ht Hj. eapply ext_cont; eauto.
  - intros t j Ht Hj. eapply ext_moves; eauto.
Qed.

Theorem s6_product g gamma : (forall y, In y Y -> -1 <= g y <= 1) -> mean Y (p 0 x0) g + gamma <= mean Y (p T x0) g ->
  1 - exp (- (sqrt (INR L) / 2) * gamma) <= a * sqrt V0 * T.
Proof.
  intros Hg Hgain. destruct extended_ok as (H1 & H2 & H3 & H4). unfold V0.
  erewrite <- (ext_variance vocabulary L logits prompts w r lam theta) by auto.
  apply (s6_two_sided vocabulary L d logits jacobian prompts w r lam (extended theta) x0 T C) with (g := g); auto.
  rewrite (extended_at theta 0), (extended_at theta T) by lra. exact Hgain.
Qed.

Theorem s6_path length : 0 < 1 - a * sqrt V0 * T ->
  is_RInt (fun t => sqrt (speed2 vocabulary L d logits prompts w r lam theta t)) 0 T length ->
  length <= sqrt (INR L * C ^ 2 / 2) / a * ln (/ (1 - a * sqrt V0 * T)).
Proof.
  destruct extended_ok as (H1 & H2 & H3 & H4). unfold V0.
  erewrite <- (ext_variance vocabulary L logits prompts w r lam theta) by auto. intros He Hlen.
  apply (path_half vocabulary L d logits jacobian prompts w r lam (extended theta) x0 T C); auto.
  apply (is_RInt_ext (fun t => sqrt (speed2 vocabulary L d logits prompts w r lam theta t))); auto.
  intros t Ht. rewrite Rmin_left in Ht by auto. symmetry. f_equal. apply rsum_ext. intros j _.
  now rewrite (ext_partial vocabulary L logits prompts w r lam theta t j) by lra.
Qed.
End Final.
