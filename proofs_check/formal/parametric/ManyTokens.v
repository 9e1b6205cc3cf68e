(** Half the rate of growth of S4, for outputs of two tokens or more [s6-var-rate]: the potential bounds E[1/u], where u is how
    far a score is below its largest value, and Cauchy-Schwarz with weights u does the rest. *)
From Coq Require Import Reals List Lra Psatz PeanoNat.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Comparison Softmax Differentiable JointObjective MovingPolicy Sequences
  Autoregressive ParameterFlow Flow ParameterTimes GrowthPotential.
Open Scope R_scope.

Lemma cubic_max al be nu nu0 : 0 <= be -> 0 <= nu -> 0 <= nu0 -> al = 3 * be * nu0 ^ 2 -> al * nu - be * nu ^ 3 <= 2 * be * nu0 ^ 3.
Proof.
  intros Hb Hn Hn0 E. assert (H : 0 <= be * ((nu - nu0) ^ 2 * (nu + 2 * nu0))).
  { apply Rmult_le_pos; auto. apply Rmult_le_pos; [apply pow2_ge_0|lra]. }
  rewrite E. replace (2 * be * nu0 ^ 3) with (3 * be * nu0 ^ 2 * nu - be * nu ^ 3 + be * ((nu - nu0) ^ 2 * (nu + 2 * nu0))) by ring. lra.
Qed.

Section ManyTokens.
Context {P V : Type}.
Variables (vocabulary : list V) (L d : nat).
Variables (logits : (nat -> R) -> P -> list V -> V -> R) (jacobian : (nat -> R) -> P -> list V -> V -> nat -> R).
Variables (prompts : list P) (w : P -> R) (r : P -> list V -> R) (lam : R) (theta : nat -> R -> R).
Variable C : R.
Notation Y := (sequences vocabulary L).
Notation parameters := (seq 0 d).
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
Hypothesis L_ge_2 : (2 <= L)%nat.
Hypothesis C_pos : 0 < C.

Section AtTime.
Variable t : R.
Hypothesis smooth_prompts : forall x, In x prompts -> smooth (at_ t) x.
Hypothesis contrast : forall x, In x prompts -> contrast_norm (at_ t) x C.
Hypothesis moves : forall j, (j < d)%nat -> is_derive (theta j) t (partial t j).

Lemma L_ge : 2 <= INR L.
Proof. replace 2 with (INR 2) by (simpl; ring). apply le_INR, L_ge_2. Qed.

Section Moving.
Hypothesis N_pos : 0 < N t.
Let kappa := sqrt 2 * C * sqrt (N t).
Let m := 501 / 500 * INR L.
Let excess := m / (m ^ 2 - share * INR L).

Lemma kappa_pos : 0 < kappa.
Proof. unfold kappa. apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; auto|]; apply sqrt_lt_R0; lra. Qed.
Lemma m_gt : INR L < m.
Proof. unfold m. pose proof L_ge. lra. Qed.

Lemma pm_nonneg x y : In y Y -> 0 <= p t x y.
Proof. intros Hy. apply Rlt_le. eapply pi_pos; eauto. Qed.
Lemma pm_sum x : rsum Y (p t x) = 1.
Proof. eapply pi_sum; eauto. Qed.

(** The direction in units of its longest step. *)
Let scaled x h v := / kappa * moved d jacobian (at_ t) x (partial t) h v.

Lemma score_scaled x y : score vocabulary (next vocabulary logits (at_ t) x) (scaled x) nil y = z t x y / kappa.
Proof.
  unfold ParameterFlow.z, score_along.
  enough (H : forall h, score vocabulary (next vocabulary logits (at_ t) x) (scaled x) h y
    = score vocabulary (next vocabulary logits (at_ t) x) (moved d jacobian (at_ t) x (partial t)) h y / kappa) by apply H.
  induction y as [|v y IH]; intros h; cbn [score]; [unfold Rdiv; ring|]. rewrite IH. unfold step, scaled.
  assert (E : mean vocabulary (next vocabulary logits (at_ t) x h) (fun v => / kappa * moved d jacobian (at_ t) x (partial t) h v)
    = / kappa * mean vocabulary (next vocabulary logits (at_ t) x h) (moved d jacobian (at_ t) x (partial t) h)).
  { unfold mean. apply rsum_lin1. intros; ring. }
  rewrite E. unfold Rdiv. ring.
Qed.

Lemma scaled_range x : In x prompts -> forall n h v v', prefix vocabulary L (S n) h -> In v vocabulary -> In v' vocabulary ->
  scaled x h v - scaled x h v' <= 1.
Proof.
  intros Hx n h v v' [Hh Hlen] Hv Hv'. pose proof kappa_pos as Hk.
  pose proof (contrast x Hx h (partial t) v v' Hh ltac:(lia) Hv Hv') as H. fold (N t) in H.
  assert (Hle : moved d jacobian (at_ t) x (partial t) h v - moved d jacobian (at_ t) x (partial t) h v' <= kappa).
  { replace kappa with (sqrt (2 * C ^ 2 * N t)).
    - apply le_sqrt_of_sqr; [|exact H]. pose proof (pow2_ge_0 C). nra.
    - unfold kappa. rewrite sqrt_mult_alt by (pose proof (pow2_ge_0 C); lra). rewrite (sqrt_mult_alt 2) by lra. now rewrite sqrt_pow2 by lra. }
  unfold scaled. rewrite <- Rmult_minus_distr_l. apply Rmult_le_reg_l with kappa; auto. rewrite <- Rmult_assoc, Rinv_r by lra. lra.
Qed.

Lemma gap_pos x y : In x prompts -> In y Y -> 0 < m - z t x y / kappa.
Proof.
  intros Hx Hy. rewrite <- score_scaled.
  pose proof (score_le vocabulary (next vocabulary logits (at_ t) x) L (scaled x) vocabulary_nonempty
    (next_positive vocabulary L logits (at_ t) x) (next_total vocabulary L logits vocabulary_nonempty (at_ t) x) (scaled_range x Hx) L nil y
    (prefix_start vocabulary L) Hy). pose proof m_gt. lra.
Qed.

Lemma mean_inverse_le x : In x prompts -> mean Y (p t x) (fun y => / (m - z t x y / kappa)) <= excess.
Proof.
  intros Hx.
  pose proof (growth_potential vocabulary (next vocabulary logits (at_ t) x) L (scaled x) vocabulary_nonempty
    (next_positive vocabulary L logits (at_ t) x) (next_total vocabulary L logits vocabulary_nonempty (at_ t) x) (scaled_range x Hx) L nil m
    (prefix_start vocabulary L) m_gt) as H.
  assert (EL : potential L m = excess) by (unfold excess; destruct L as [|[|n]]; [lia|lia|reflexivity]).
  rewrite EL in H. eapply Rle_trans; [|exact H]. right. apply rsum_ext. intros y _. now rewrite score_scaled.
Qed.

Let Yrate := rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)).

(** X^2 <= E[A^2 u] E[(d - u)^2 / u]. *)
Lemma parabola : (N t / kappa) ^ 2 <= (m * Var t - Yrate / kappa) * (share * INR L / m).
Proof.
  pose proof kappa_pos as Hk. pose proof m_gt as Hm. pose proof L_ge as HL.
  set (u := fun x y => m - z t x y / kappa).
  assert (Hm0 : 0 < m) by lra.
  assert (He0 : 0 < m ^ 2 - share * INR L) by (unfold share; nra).
  assert (Hex : 0 < excess) by (unfold excess; apply Rdiv_lt_0_compat; lra).
  set (dd := / excess).
  (* with weights and square roots of u *)
  assert (HCS : rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y * (dd - u x y))) ^ 2
    <= rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * u x y)) * rsum prompts (fun x => w x * mean Y (p t x) (fun y => (dd - u x y) ^ 2 / u x y))).
  { pose proof (mean2_cauchy_schwarz prompts w Y (fun x => p t x) (fun x y => A t x y * sqrt (u x y)) (fun x y => (dd - u x y) / sqrt (u x y))
      w_nonneg (fun x y _ Hy => pm_nonneg x y Hy)) as H. cbv beta in H.
    assert (Hu : forall x y, In x prompts -> In y Y -> 0 < u x y) by (intros; now apply gap_pos).
    rewrite (rsum_ext prompts _ (fun x => w x * mean Y (p t x) (fun y => A t x y * (dd - u x y)))) in H.
    2:{ intros x Hx. f_equal. apply rsum_ext. intros y Hy. f_equal. pose proof (sqrt_lt_R0 _ (Hu x y Hx Hy)). field. lra. }
    rewrite (rsum_ext prompts (fun x => w x * mean Y (p t x) (fun y => (A t x y * sqrt (u x y)) ^ 2)) (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * u x y))) in H.
    2:{ intros x Hx. f_equal. apply rsum_ext. intros y Hy. f_equal. rewrite Rpow_mult_distr, pow2_sqrt; [reflexivity|apply Rlt_le; auto]. }
    rewrite (rsum_ext prompts (fun x => w x * mean Y (p t x) (fun y => ((dd - u x y) / sqrt (u x y)) ^ 2)) (fun x => w x * mean Y (p t x) (fun y => (dd - u x y) ^ 2 / u x y))) in H.
    2:{ intros x Hx. f_equal. apply rsum_ext. intros y Hy. f_equal. pose proof (Hu x y Hx Hy) as Hp. pose proof (sqrt_lt_R0 _ Hp).
        replace (((dd - u x y) / sqrt (u x y)) ^ 2) with ((dd - u x y) ^ 2 / sqrt (u x y) ^ 2) by (field; lra).
        rewrite pow2_sqrt by lra. reflexivity. }
    exact H. }
  assert (HA0 : forall x, rsum Y (fun y => p t x y * A t x y) = 0) by (intros; now apply A_centered).
  assert (HX : rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y * (dd - u x y))) = N t / kappa).
  { rewrite (speed2_is vocabulary L d logits jacobian prompts w r lam theta vocabulary_nonempty t smooth_prompts). unfold Rdiv.
    rewrite Rmult_comm. apply rsum_lin1. intros x Hx. unfold mean.
    rewrite (rsum_lin2 Y (fun y => p t x y * (A t x y * (dd - u x y))) (dd - m) (fun y => p t x y * A t x y) (/ kappa) (fun y => p t x y * (A t x y * z t x y)))
      by (intros; unfold u, Rdiv; ring). rewrite HA0. ring. }
  assert (HU : rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * u x y)) = m * Var t - Yrate / kappa).
  { unfold Yrate, mean_variance. rewrite (rsum_lin2 prompts _ m (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2)) (- / kappa)
      (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y))).
    - unfold Rdiv. ring.
    - intros x Hx. unfold mean. rewrite (rsum_lin2 Y (fun y => p t x y * (A t x y ^ 2 * u x y)) m (fun y => p t x y * A t x y ^ 2) (- / kappa)
        (fun y => p t x y * (A t x y ^ 2 * z t x y))) by (intros; unfold u, Rdiv; ring). ring. }
  assert (HQ : rsum prompts (fun x => w x * mean Y (p t x) (fun y => (dd - u x y) ^ 2 / u x y)) <= share * INR L / m).
  { apply Rle_trans with (rsum prompts (fun x => share * INR L / m * w x)); [|rewrite rsum_scal, w_sum; lra].
    apply rsum_le. intros x Hx. rewrite (Rmult_comm (share * INR L / m)). apply Rmult_le_compat_l; auto.
    assert (Hz0 : rsum Y (fun y => p t x y * z t x y) = 0).
    { apply (z_centered vocabulary L d logits jacobian prompts w r lam theta vocabulary_nonempty t moves x). now apply smooth_prompts. }
    pose proof (mean_inverse_le x Hx) as Hinv. fold (u x) in Hinv. unfold mean in *.
    rewrite (rsum_lin3 Y _ (dd ^ 2) (fun y => p t x y * / u x y) (m - 2 * dd) (p t x) (- / kappa) (fun y => p t x y * z t x y)).
    2:{ intros y Hy. pose proof (gap_pos x y Hx Hy) as Hp. fold (u x y) in Hp.
        replace ((dd - u x y) ^ 2 / u x y) with (dd ^ 2 * / u x y - 2 * dd + u x y) by (field; lra). unfold u at 2. unfold Rdiv. ring. }
    rewrite Hz0, pm_sum.
    assert (Hd2 : dd ^ 2 * rsum Y (fun y => p t x y * / u x y) <= dd ^ 2 * excess) by (apply Rmult_le_compat_l; [apply pow2_ge_0|exact Hinv]).
    assert (E1 : dd ^ 2 * excess = dd) by (unfold dd; field; lra).
    assert (E2 : m - dd = share * INR L / m) by (unfold dd, excess; field; split; lra). lra. }
  rewrite HX, HU in HCS. eapply Rle_trans; [exact HCS|]. apply Rmult_le_compat_l; [|exact HQ]. rewrite <- HU.
  apply rsum_nonneg. intros x Hx. apply Rmult_le_pos; auto. apply mean_nonneg; [intros; now apply pm_nonneg|].
  intros y Hy. apply Rmult_le_pos; [apply pow2_ge_0|]. now apply Rlt_le, gap_pos.
Qed.

Lemma moving_rate : Yrate <= INR L * sqrt (INR L) * C ^ 2 / 2 * (Var t * sqrt (Var t)).
Proof.
  pose proof kappa_pos as Hk. pose proof m_gt as Hm. pose proof L_ge as HL. pose proof parabola as HP.
  pose proof (mean_variance_nonneg vocabulary L logits prompts w r lam theta w_nonneg t) as HV.
  set (nu := sqrt (N t)). assert (Hnu : 0 < nu) by (now apply sqrt_lt_R0).
  assert (EN : N t = nu ^ 2) by (unfold nu; rewrite pow2_sqrt; lra).
  assert (E2 : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra). assert (Hs2 : 0 < sqrt 2) by (apply sqrt_lt_R0; lra).
  set (c := share). assert (Hc : 0 < c) by (unfold c, share; lra).
  set (al := sqrt 2 * C * m * Var t). set (be := m / (sqrt 2 * C * c * INR L)).
  assert (HCc : 0 < sqrt 2 * C * c * INR L) by (repeat apply Rmult_lt_0_compat; lra).
  assert (Hbe : 0 < be) by (unfold be; apply Rdiv_lt_0_compat; lra).
  assert (HY : Yrate <= al * nu - be * nu ^ 3).
  { assert (Hm0 : 0 < m) by lra. assert (Hq : 0 < c * INR L / m) by (apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; lra|lra]).
    assert (H1 : (N t / kappa) ^ 2 / (c * INR L / m) <= m * Var t - Yrate / kappa).
    { apply Rmult_le_reg_r with (c * INR L / m); auto. unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l by lra. fold c in HP. lra. }
    apply (Rmult_le_compat_l kappa) in H1; [|lra].
    replace (kappa * (m * Var t - Yrate / kappa)) with (kappa * m * Var t - Yrate) in H1 by (field; lra).
    assert (E : kappa * ((N t / kappa) ^ 2 / (c * INR L / m)) = be * nu ^ 3).
    { rewrite EN. unfold kappa, be. fold nu. field. repeat split; lra. }
    rewrite E in H1. unfold al. unfold kappa in H1. fold nu in H1. lra. }
  set (nu0 := sqrt (2 * C ^ 2 * c * INR L * Var t / 3)).
  assert (Hc2 : 0 < C ^ 2) by (now apply pow_lt).
  assert (Hin : 0 <= 2 * C ^ 2 * c * INR L * Var t / 3).
  { assert (0 <= C ^ 2 * c * INR L * Var t); [|lra]. apply Rmult_le_pos; auto. apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; lra. }
  assert (Hnu0 : 0 <= nu0) by apply sqrt_pos.
  assert (E0 : nu0 ^ 2 = 2 * C ^ 2 * c * INR L * Var t / 3) by (unfold nu0; now rewrite pow2_sqrt).
  assert (Eal : al = 3 * be * nu0 ^ 2).
  { rewrite E0. unfold al, be. replace (2 * C ^ 2) with (sqrt 2 * sqrt 2 * C ^ 2) by (rewrite E2; ring). field. repeat split; lra. }
  pose proof (cubic_max al be nu nu0 ltac:(lra) ltac:(lra) Hnu0 Eal) as Hmax.
  assert (Hfin : 2 * be * nu0 ^ 3 <= INR L * sqrt (INR L) * C ^ 2 / 2 * (Var t * sqrt (Var t))).
  { replace (2 * be * nu0 ^ 3) with (2 / 3 * (3 * be * nu0 ^ 2) * nu0) by field. rewrite <- Eal.
    assert (En : nu0 = C * sqrt (INR L) * sqrt (Var t) * sqrt (2 * c / 3)).
    { unfold nu0. replace (2 * C ^ 2 * c * INR L * Var t / 3) with (C ^ 2 * (INR L * (Var t * (2 * c / 3)))) by field.
      rewrite sqrt_mult_alt by lra. rewrite (sqrt_mult_alt (INR L)) by lra. rewrite (sqrt_mult_alt (Var t)) by lra.
      rewrite sqrt_pow2 by lra. ring. }
    rewrite En. unfold al, m.
    set (X := INR L * sqrt (INR L) * C ^ 2 * (Var t * sqrt (Var t))).
    assert (HX : 0 <= X).
    { unfold X. pose proof (sqrt_pos (INR L)). pose proof (sqrt_pos (Var t)). apply Rmult_le_pos; [|now apply Rmult_le_pos].
      apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; lra. }
    replace (2 / 3 * (sqrt 2 * C * (501 / 500 * INR L) * Var t) * (C * sqrt (INR L) * sqrt (Var t) * sqrt (2 * c / 3)))
      with (2 / 3 * (501 / 500) * (sqrt 2 * sqrt (2 * c / 3)) * X) by (unfold X; field).
    replace (INR L * sqrt (INR L) * C ^ 2 / 2 * (Var t * sqrt (Var t))) with (1 / 2 * X) by (unfold X; field).
    apply Rmult_le_compat_r; auto. rewrite <- sqrt_mult_alt by lra.
    assert (Hroot : sqrt (2 * (2 * c / 3)) <= 7484 / 10000).
    { rewrite <- (sqrt_pow2 (7484 / 10000)) by lra. apply sqrt_le_1_alt. unfold c, share. lra. }
    lra. }
  lra.
Qed.
End Moving.

(** The growth of the mean variance. *)
Lemma many_variance_rate :
  rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)) - 2 * lam * N t
    <= INR L * sqrt (INR L) * C ^ 2 / 2 * (Var t * sqrt (Var t)).
Proof.
  pose proof (speed2_nonneg vocabulary L d logits prompts w r lam theta t) as HN.
  pose proof (mean_variance_nonneg vocabulary L logits prompts w r lam theta w_nonneg t) as HV.
  destruct HN as [HN|HN].
  - pose proof (moving_rate HN). assert (0 <= lam * N t) by (apply Rmult_le_pos; lra). lra.
  - assert (HC : 0 <= C) by lra.
    eapply Rle_trans; [apply (variance_rate_le vocabulary L d logits jacobian prompts w r lam theta w_nonneg lam_nonneg t (sqrt 2 * INR L * C))|].
    + intros x y Hx Hy. eapply Rle_trans; [apply Rle_abs|].
      apply (z_le vocabulary L d logits jacobian prompts w r lam theta vocabulary_nonempty t C HC x y (contrast x Hx) Hy).
    + pose proof (sqrt_pos 2). pose proof (pos_INR L). apply Rmult_le_pos; auto. now apply Rmult_le_pos.
    + rewrite <- HN, sqrt_0, Rmult_0_r, Rmult_0_l. pose proof (sqrt_pos (INR L)). pose proof (pos_INR L). pose proof (pow2_ge_0 C).
      pose proof (sqrt_pos (Var t)). apply Rmult_le_pos; [|now apply Rmult_le_pos].
      assert (0 <= INR L * sqrt (INR L) * C ^ 2) by (apply Rmult_le_pos; auto; now apply Rmult_le_pos). lra.
Qed.
End AtTime.

End ManyTokens.
