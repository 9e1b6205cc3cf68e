(** Half the rate of growth of S4, for outputs of one token (any logits, shared parameters) [s6-var-rate]. All that is used of L = 1 is
    that the scores of one prompt along a direction lie in an interval of length sqrt 2 C |direction|. *)
From Coq Require Import Reals List Lra Psatz PeanoNat.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Comparison Softmax Differentiable JointObjective MovingPolicy Sequences
  Autoregressive ParameterFlow Flow ParameterTimes.
Open Scope R_scope.

(** Observation (c): against a range of length b - a, a centred function counts half its mean modulus. *)
Lemma centred_product_le {X} (l : list X) (p G z : X -> R) a b : (forall i, In i l -> 0 <= p i) -> mean l p G = 0 ->
  (forall i, In i l -> a <= z i <= b) -> mean l p (fun i => G i * z i) <= mean l p (fun i => Rabs (G i)) * ((b - a) / 2).
Proof.
  intros Hp HG Hz. set (c := (a + b) / 2).
  assert (E : mean l p (fun i => G i * z i) = rsum l (fun i => p i * (G i * (z i - c)))).
  { unfold mean in *. rewrite (rsum_lin2 l (fun i => p i * (G i * (z i - c))) 1 (fun i => p i * (G i * z i)) (- c) (fun i => p i * G i))
      by (intros; ring). rewrite HG. ring. }
  rewrite E. unfold mean. rewrite Rmult_comm, <- rsum_scal. apply rsum_le. intros i Hi.
  specialize (Hz i Hi). specialize (Hp i Hi).
  assert (Hc : Rabs (z i - c) <= (b - a) / 2) by (unfold c; apply Rabs_le; lra).
  pose proof (Rle_abs (G i * (z i - c))) as H. rewrite Rabs_mult in H. pose proof (Rabs_pos (G i)).
  assert (Rabs (G i) * Rabs (z i - c) <= Rabs (G i) * ((b - a) / 2)) by (apply Rmult_le_compat_l; auto).
  replace ((b - a) / 2 * (p i * Rabs (G i))) with (p i * (Rabs (G i) * ((b - a) / 2))) by ring.
  apply Rmult_le_compat_l; lra.
Qed.

(** sqrt (E f^2) bounds E f. *)
Lemma mean_le_root {X} (l : list X) (w f : X -> R) : (forall i, In i l -> 0 <= w i) -> rsum l w = 1 ->
  rsum l (fun i => w i * f i) <= sqrt (rsum l (fun i => w i * f i ^ 2)).
Proof.
  intros Hw H1. eapply Rle_trans; [|apply (mean_abs_le l w Hw H1 f)]. apply rsum_le. intros i Hi.
  apply Rmult_le_compat_l; auto. apply Rle_abs.
Qed.

Section OneToken.
Context {P V : Type}.
Variables (vocabulary : list V) (d : nat).
Variables (logits : (nat -> R) -> P -> list V -> V -> R) (jacobian : (nat -> R) -> P -> list V -> V -> nat -> R).
Variables (prompts : list P) (w : P -> R) (r : P -> list V -> R) (lam : R) (theta : nat -> R -> R).
Variable C : R.
Notation Y := (sequences vocabulary 1).
Notation at_ t := (parameters_at theta t).
Notation p t x := (pi vocabulary logits (at_ t) x).
Notation partial := (partial vocabulary 1 logits prompts w r lam theta).
Notation Var := (mean_variance vocabulary 1 logits prompts w r lam theta).
Notation N := (speed2 vocabulary 1 d logits prompts w r lam theta).
Notation smooth := (smooth vocabulary 1 d logits jacobian).
Notation contrast_norm := (contrast_norm vocabulary 1 d jacobian).
Notation A := (A vocabulary 1 logits r lam theta).
Notation z := (z vocabulary 1 d logits jacobian prompts w r lam theta).

Hypothesis vocabulary_nonempty : vocabulary <> nil.
Hypothesis w_nonneg : forall x, In x prompts -> 0 <= w x.
Hypothesis w_sum : rsum prompts w = 1.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis C_pos : 0 < C.

Section AtTime.
Variable t : R.
Hypothesis smooth_prompts : forall x, In x prompts -> smooth (at_ t) x.
Hypothesis contrast : forall x, In x prompts -> contrast_norm (at_ t) x C.
Hypothesis moves : forall j, (j < d)%nat -> is_derive (theta j) t (partial t j).
Let K := sqrt 2 * C * sqrt (N t).

Lemma p1_nonneg x y : In y Y -> 0 <= p t x y.
Proof. intros. apply Rlt_le. eapply pi_pos; eauto. Qed.
Lemma p1_sum x : rsum Y (p t x) = 1.
Proof. eapply pi_sum; eauto. Qed.
Lemma K_nonneg : 0 <= K.
Proof. unfold K. apply Rmult_le_pos; [apply Rmult_le_pos; [apply sqrt_pos|lra]|apply sqrt_pos]. Qed.

(** The scores of one prompt. *)
Lemma z_range x : contrast_norm (at_ t) x C -> exists a b, (forall y, In y Y -> a <= z t x y <= b) /\ b - a <= K.
Proof.
  intros Hc.
  destruct (moved_range vocabulary 1 d jacobian vocabulary_nonempty (at_ t) x C (partial t) Hc 0 nil (prefix_start vocabulary 1))
    as (a & b & Hab & H0 & Hr).
  set (m := mean vocabulary (next vocabulary logits (at_ t) x nil) (moved d jacobian (at_ t) x (partial t) nil)).
  exists (a - m), (b - m). split.
  - intros y Hy. destruct (sequences_cons vocabulary 0 y Hy) as (v & y' & ->). apply in_sequences in Hy as [Hv Hy].
    destruct Hy as [<-|[]]. unfold ParameterFlow.z, score_along. cbn [score]. unfold step. fold m. specialize (Hab v Hv). lra.
  - assert (H : b - a <= sqrt (2 * C ^ 2 * N t)).
    { apply le_sqrt_of_sqr; auto. pose proof (speed2_nonneg vocabulary 1 d logits prompts w r lam theta t).
      pose proof (pow2_ge_0 C). nra. }
    replace (b - m - (a - m)) with (b - a) by ring. eapply Rle_trans; [exact H|]. right. unfold K.
    rewrite sqrt_mult_alt by (pose proof (pow2_ge_0 C); lra).
    rewrite (sqrt_mult_alt 2) by lra. rewrite sqrt_pow2 by lra. reflexivity.
Qed.

Lemma centred_z_le x G : contrast_norm (at_ t) x C -> mean Y (p t x) G = 0 ->
  mean Y (p t x) (fun y => G y * z t x y) <= mean Y (p t x) (fun y => Rabs (G y)) * (K / 2).
Proof.
  intros Hc HG. destruct (z_range x Hc) as (a & b & Hab & HK).
  eapply Rle_trans; [apply (centred_product_le Y (p t x) G (z t x) a b); auto; intros; now apply p1_nonneg|].
  apply Rmult_le_compat_l; [|lra]. apply mean_nonneg; [intros; now apply p1_nonneg|intros; apply Rabs_pos].
Qed.

Let s2 x := mean Y (p t x) (fun y => A t x y ^ 2).
Let m x := mean Y (p t x) (fun y => Rabs (A t x y)).
Let meanM := rsum prompts (fun x => w x * m x).

Lemma A1_centered x : mean Y (p t x) (A t x) = 0.
Proof. apply A_centered; auto. Qed.
Lemma m1_nonneg x : 0 <= m x.
Proof. apply m_nonneg. intros; now apply p1_nonneg. Qed.
Lemma s2_nonneg1 x : 0 <= s2 x.
Proof. apply s2_nonneg. intros; now apply p1_nonneg. Qed.
Lemma m_sqr_le x : m x ^ 2 <= s2 x.
Proof.
  pose proof (m_le_s Y (p t x) (fun y Hy => p1_nonneg x y Hy) (p1_sum x) (A t x)) as H. fold (m x) in H. fold (s2 x) in H.
  pose proof (m1_nonneg x). rewrite <- (pow2_sqrt (s2 x)) by apply s2_nonneg1. apply pow_incr. lra.
Qed.

Lemma speed_one : sqrt (N t) <= C / sqrt 2 * meanM.
Proof.
  assert (H : N t <= meanM * (K / 2)).
  { rewrite (speed2_is vocabulary 1 d logits jacobian prompts w r lam theta vocabulary_nonempty t smooth_prompts).
    unfold meanM. rewrite (Rmult_comm _ (K / 2)), <- rsum_scal. apply rsum_le. intros x Hx.
    pose proof (centred_z_le x (A t x) (contrast x Hx) (A1_centered x)) as H. fold (m x) in H.
    apply (Rmult_le_compat_l (w x)) in H; auto. lra. }
  pose proof (speed2_nonneg vocabulary 1 d logits prompts w r lam theta t) as HN.
  assert (HM : 0 <= meanM) by (apply rsum_nonneg; intros; apply Rmult_le_pos; auto; apply m1_nonneg).
  assert (E2 : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra). assert (H2 : 0 < sqrt 2) by (apply sqrt_lt_R0; lra).
  destruct (Req_dec (sqrt (N t)) 0) as [E|E].
  - rewrite E. apply Rmult_le_pos; auto. apply Rlt_le, Rdiv_lt_0_compat; lra.
  - assert (Hs : 0 < sqrt (N t)) by (pose proof (sqrt_pos (N t)); lra).
    apply Rmult_le_reg_r with (sqrt (N t)); auto. rewrite sqrt_sqrt by auto. eapply Rle_trans; [exact H|]. right.
    unfold K. replace (C / sqrt 2) with (sqrt 2 * C / (sqrt 2 * sqrt 2)) by (field; lra). rewrite E2. field.
Qed.

Lemma meanM_le : meanM <= sqrt (rsum prompts (fun x => w x * m x ^ 2)).
Proof. apply mean_le_root; auto. Qed.

Lemma variance_rate_one :
  rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)) - 2 * lam * N t
    <= 2 * (C ^ 2 / 4) * (Var t * sqrt (Var t)).
Proof.
  pose proof (speed2_nonneg vocabulary 1 d logits prompts w r lam theta t) as HN.
  assert (Hlam : 0 <= lam * N t) by (apply Rmult_le_pos; auto).
  pose proof (mean_variance_nonneg vocabulary 1 logits prompts w r lam theta w_nonneg t) as HV.
  set (q x := sqrt (s2 x - m x ^ 2)).
  assert (Hq : forall x, q x ^ 2 = s2 x - m x ^ 2) by (intros; apply pow2_sqrt; pose proof (m_sqr_le x); lra).
  set (W := rsum prompts (fun x => w x * (sqrt (s2 x) * q x))).
  assert (HW0 : 0 <= W) by (apply rsum_nonneg; intros; apply Rmult_le_pos; auto; apply Rmult_le_pos; apply sqrt_pos).
  (* E[A^2 z] = E[(A^2 - s2) z] *)
  assert (H1 : rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)) <= K * W).
  { unfold W. rewrite <- rsum_scal. apply rsum_le. intros x Hx.
    rewrite <- Rmult_assoc, (Rmult_comm K), Rmult_assoc. apply Rmult_le_compat_l; auto.
    assert (Hz0 : mean Y (p t x) (z t x) = 0).
    { eapply z_centered; [exact vocabulary_nonempty|exact moves|now apply smooth_prompts]. }
    assert (E : mean Y (p t x) (fun y => A t x y ^ 2 * z t x y) = mean Y (p t x) (fun y => (A t x y ^ 2 - s2 x) * z t x y)).
    { unfold mean in *. rewrite (rsum_lin2 Y (fun y => p t x y * ((A t x y ^ 2 - s2 x) * z t x y)) 1
        (fun y => p t x y * (A t x y ^ 2 * z t x y)) (- s2 x) (fun y => p t x y * z t x y)) by (intros; ring). rewrite Hz0. ring. }
    rewrite E.
    eapply Rle_trans; [apply (centred_z_le x (fun y => A t x y ^ 2 - s2 x) (contrast x Hx))|].
    - apply (mean_centered Y (p t x) (p1_sum x) (fun y => A t x y ^ 2)).
    - pose proof (mean_abs_sqr_dev Y (p t x) (fun y Hy => p1_nonneg x y Hy) (p1_sum x) (A t x)) as H.
      fold (s2 x) in H. fold (m x) in H. fold (q x) in H. pose proof K_nonneg.
      apply Rle_trans with (2 * sqrt (s2 x) * q x * (K / 2)); [apply Rmult_le_compat_r; lra|lra]. }
  set (M2 := rsum prompts (fun x => w x * m x ^ 2)).
  assert (HM2 : 0 <= M2) by (apply rsum_nonneg; intros; apply Rmult_le_pos; auto; apply pow2_ge_0).
  assert (HM2V : M2 <= Var t) by (apply rsum_le; intros x Hx; apply Rmult_le_compat_l; auto; apply m_sqr_le).
  (* Cauchy-Schwarz over the prompts *)
  assert (HW : W <= sqrt (Var t * (Var t - M2))).
  { apply le_sqrt_of_sqr; [apply Rmult_le_pos; lra|].
    pose proof (cauchy_schwarz prompts w (fun x => sqrt (s2 x)) q w_nonneg) as H. cbv beta in H. fold W in H.
    rewrite (rsum_ext prompts (fun i => w i * sqrt (s2 i) ^ 2) (fun x => w x * s2 x)) in H
      by (intros; rewrite pow2_sqrt by apply s2_nonneg1; reflexivity).
    rewrite (rsum_lin2 prompts (fun i => w i * q i ^ 2) 1 (fun x => w x * s2 x) (-1) (fun x => w x * m x ^ 2)) in H
      by (intros; rewrite Hq; ring).
    fold M2 in H. change (rsum prompts (fun x => w x * s2 x)) with (Var t) in H.
    replace (1 * Var t + -1 * M2) with (Var t - M2) in H by ring. exact H. }
  assert (HMW : meanM * W <= Var t * sqrt (Var t) / 2).
  { pose proof meanM_le as HM. fold M2 in HM.
    assert (0 <= meanM) by (apply rsum_nonneg; intros; apply Rmult_le_pos; auto; apply m1_nonneg).
    apply Rle_trans with (sqrt M2 * sqrt (Var t * (Var t - M2))); [apply Rmult_le_compat; auto|].
    rewrite (sqrt_mult_alt (Var t)) by auto.
    pose proof (pow2_sqrt M2 HM2) as E1. pose proof (pow2_sqrt (Var t - M2) ltac:(lra)) as E3.
    pose proof (pow2_ge_0 (sqrt M2 - sqrt (Var t - M2))) as H3. pose proof (sqrt_pos (Var t)) as H4.
    assert (sqrt M2 * sqrt (Var t - M2) <= Var t / 2) by nra.
    apply Rle_trans with (sqrt (Var t) * (sqrt M2 * sqrt (Var t - M2))); [right; ring|].
    apply Rle_trans with (sqrt (Var t) * (Var t / 2)); [apply Rmult_le_compat_l; auto|lra]. }
  assert (H2 : 0 < sqrt 2) by (apply sqrt_lt_R0; lra).
  assert (HK : K * W <= C ^ 2 * (meanM * W)).
  { apply Rle_trans with (C ^ 2 * meanM * W); [|lra]. apply Rmult_le_compat_r; auto. unfold K.
    apply Rle_trans with (sqrt 2 * C * (C / sqrt 2 * meanM)).
    - apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|apply speed_one].
    - right. field. lra. }
  assert (C ^ 2 * (meanM * W) <= C ^ 2 * (Var t * sqrt (Var t) / 2)) by (apply Rmult_le_compat_l; auto; apply pow2_ge_0).
  lra.
Qed.
End AtTime.

End OneToken.
