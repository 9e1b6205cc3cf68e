(** Gradient flow of the parameters of an autoregressive policy (Eq. 4): the mean reward variance over the training
    prompts, the squared speed of the parameters, their derivatives, and their rates of S4 [s4-var-rate]. *)
From Coq Require Import Reals List Lra Psatz PeanoNat.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Comparison Softmax Differentiable JointObjective FisherForm MovingPolicy
  Sequences Autoregressive.
Open Scope R_scope.

Section ParameterFlow.
Context {P V : Type}.
Variables (vocabulary : list V) (L d : nat).
Variables (logits : (nat -> R) -> P -> list V -> V -> R) (jacobian : (nat -> R) -> P -> list V -> V -> nat -> R).
Variables (prompts : list P) (w : P -> R) (r : P -> list V -> R) (lam : R) (theta : nat -> R -> R).
Notation Y := (sequences vocabulary L).
Notation parameters := (seq 0 d).
Notation policy := (pi vocabulary logits).

Definition parameters_at (t : R) : nat -> R := fun j => theta j t.
Notation p t x := (policy (parameters_at t) x).

(** Eq. 1, with the initial policy as the reference. *)
Definition training_objective (z : nat -> R) : R :=
  rsum prompts (fun x => w x * objective_of vocabulary L logits (r x) (p 0 x) lam x z).
Definition partial (t : R) (j : nat) : R := Derive (fun s => training_objective (update (parameters_at t) j s)) (theta j t).
Definition parameter_flow : Prop := forall j, (j < d)%nat ->
  (forall t, 0 < t -> is_derive (theta j) t (partial t j)) /\ filterlim (theta j) (at_right 0) (locally (theta j 0)).

Definition A (t : R) (x : P) : list V -> R := advantage Y (r x) (p 0 x) lam (fun s => p s x) t.
Definition mean_variance (t : R) : R := rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2)).
Definition z (t : R) (x : P) : list V -> R := score_along vocabulary d logits jacobian (parameters_at t) x (partial t).
Definition speed2 (t : R) : R := rsum parameters (fun j => partial t j ^ 2).

Hypothesis vocabulary_nonempty : vocabulary <> nil.
Hypothesis w_nonneg : forall x, In x prompts -> 0 <= w x.
Hypothesis w_sum : rsum prompts w = 1.
Hypothesis lam_nonneg : 0 <= lam.

Lemma p_pos t x y : In y Y -> 0 < p t x y.
Proof. now apply pi_pos. Qed.
Lemma p_nonneg t x y : In y Y -> 0 <= p t x y.
Proof. intros; now apply Rlt_le, p_pos. Qed.
Lemma p_sum t x : rsum Y (p t x) = 1.
Proof. now apply pi_sum. Qed.

Lemma speed2_nonneg t : 0 <= speed2 t.
Proof. apply rsum_nonneg. intros; apply pow2_ge_0. Qed.

Lemma A_centered t x : mean Y (p t x) (A t x) = 0.
Proof. apply (advantage_centered Y (r x) (p 0 x) lam (fun s => p s x) (fun s => p_sum s x)). Qed.

Lemma variance_nonneg t x : 0 <= mean Y (p t x) (fun y => A t x y ^ 2).
Proof. apply mean_nonneg; [intros; now apply p_nonneg|intros; apply pow2_ge_0]. Qed.

Lemma mean_variance_nonneg t : 0 <= mean_variance t.
Proof. apply rsum_nonneg. intros x Hx. apply Rmult_le_pos; auto. apply variance_nonneg. Qed.

Lemma mean_variance_0 : mean_variance 0 = rsum prompts (fun x => w x * var Y (p 0 x) (r x)).
Proof.
  apply rsum_ext. intros x Hx. f_equal.
  apply (variance_at_reference Y (r x) (p 0 x) lam (fun s => p s x)); [intros; now apply p_pos|auto].
Qed.

Section AtTime.
Variable t : R.
Hypothesis smooth_prompts : forall x, In x prompts -> smooth vocabulary L d logits jacobian (parameters_at t) x.

Lemma partial_is j : (j < d)%nat -> partial t j =
  rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y * score_of vocabulary logits jacobian (parameters_at t) x y j)).
Proof.
  intros Hj. apply is_derive_unique. unfold training_objective.
  apply (is_derive_rsum prompts (fun x s => w x * objective_of vocabulary L logits (r x) (p 0 x) lam x (update (parameters_at t) j s))).
  intros x Hx. apply (is_derive_scal (fun s => objective_of vocabulary L logits (r x) (p 0 x) lam x (update (parameters_at t) j s))).
  pose proof (objective_of_partial vocabulary L d logits jacobian vocabulary_nonempty (r x) (p 0 x) lam x
    (fun y Hy => p_pos 0 x y Hy) (parameters_at t) j (smooth_prompts x Hx) Hj) as H.
  exact H.
Qed.

(** The squared speed is the mean of E[A z]. *)
Lemma speed2_is : speed2 t = rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y * z t x y)).
Proof.
  set (g := partial t).
  transitivity (rsum parameters (fun j => rsum prompts (fun x => rsum Y (fun y =>
    w x * p t x y * A t x y * (g j * score_of vocabulary logits jacobian (parameters_at t) x y j))))).
  - apply rsum_ext. intros j Hj. apply in_seq in Hj. transitivity (g j * partial t j); [unfold g; ring|].
    rewrite (partial_is j (proj2 Hj)), <- rsum_scal. apply rsum_ext. intros x _.
    unfold mean. rewrite <- Rmult_assoc, <- rsum_scal. apply rsum_ext. intros y _. ring.
  - rewrite <- rsum_exchange. apply rsum_ext. intros x _. rewrite <- rsum_exchange. unfold mean. rewrite <- rsum_scal.
    apply rsum_ext. intros y _. unfold z. rewrite score_along_dot. unfold dot. fold g.
    rewrite <- !rsum_scal. apply rsum_ext. intros j _. ring.
Qed.

Hypothesis moves : forall j, (j < d)%nat -> is_derive (theta j) t (partial t j).

Lemma p_derive x : smooth vocabulary L d logits jacobian (parameters_at t) x ->
  forall y, In y Y -> is_derive (fun s => p s x y) t (p t x y * z t x y).
Proof. intros Hs y Hy. now apply (pi_derive vocabulary L d logits jacobian theta t x Hs (partial t) y moves). Qed.

Lemma z_centered x : smooth vocabulary L d logits jacobian (parameters_at t) x -> mean Y (p t x) (z t x) = 0.
Proof. intros Hs. apply (score_mean Y (fun s => p s x) (fun s => p_sum s x) t (z t x) (p_derive x Hs)). Qed.

(** The motion of the mean variance. *)
Lemma mean_variance_derive : is_derive mean_variance t
  (rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)) - 2 * lam * speed2 t).
Proof.
  rewrite speed2_is. refine (derive_eq _ _ _ _ (is_derive_rsum prompts
    (fun x s => w x * mean Y (p s x) (fun y => A s x y ^ 2))
    (fun x => w x * (mean Y (p t x) (fun y => A t x y ^ 2 * z t x y) - 2 * lam * mean Y (p t x) (fun y => A t x y * z t x y))) t _) _).
  - intros x Hx. apply (is_derive_scal (fun s => mean Y (p s x) (fun y => A s x y ^ 2)) t (w x)).
    apply (variance_derive Y (r x) (p 0 x) lam (fun s => p s x) (fun y Hy => p_pos 0 x y Hy) (fun s y Hy => p_pos s x y Hy)
      (fun s => p_sum s x) t (z t x)). now apply p_derive, smooth_prompts.
  - rewrite (rsum_lin2 prompts _ 1 (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)) (- 2 * lam)
      (fun x => w x * mean Y (p t x) (fun y => A t x y * z t x y))) by (intros; ring). ring.
Qed.

Lemma value_derive g x : smooth vocabulary L d logits jacobian (parameters_at t) x ->
  is_derive (fun s => mean Y (p s x) g) t (mean Y (p t x) (fun y => (g y - mean Y (p t x) g) * z t x y)).
Proof.
  intros Hs. apply (expectation_derive Y (fun s => p s x) (fun s => p_sum s x) t (z t x)). now apply p_derive.
Qed.
End AtTime.

Section Continuity.
Variable t : R.
Hypothesis theta_cont : forall j, (j < d)%nat -> continuous (theta j) t.

Lemma p_continuous x : smooth vocabulary L d logits jacobian (parameters_at t) x ->
  forall y, In y Y -> continuous (fun s => p s x y) t.
Proof. intros Hs y Hy. now apply (pi_continuous vocabulary L d logits jacobian theta t x Hs y theta_cont). Qed.

Lemma mean_variance_continuous : (forall x, In x prompts -> smooth vocabulary L d logits jacobian (parameters_at t) x) ->
  continuous mean_variance t.
Proof.
  intros Hs. apply (continuous_rsum prompts (fun x s => w x * mean Y (p s x) (fun y => A s x y ^ 2))). intros x Hx.
  apply (cont_mult (fun _ => w x) (fun s => mean Y (p s x) (fun y => A s x y ^ 2))); [apply continuous_const|].
  apply (variance_continuous Y (r x) (p 0 x) lam (fun s => p s x)); try (intros; now apply p_pos).
  now apply p_continuous, Hs.
Qed.

Lemma value_continuous g x : smooth vocabulary L d logits jacobian (parameters_at t) x ->
  continuous (fun s => mean Y (p s x) g) t.
Proof.
  intros Hs. apply (expectation_continuous Y (fun s => p s x)). now apply p_continuous.
Qed.
End Continuity.

(** ** Rates *)

Section Rates.
Variables (t C : R).
Hypothesis smooth_prompts : forall x, In x prompts -> smooth vocabulary L d logits jacobian (parameters_at t) x.
Hypothesis C_nonneg : 0 <= C.
Hypothesis contrast : forall x, In x prompts -> contrast_norm vocabulary L d jacobian (parameters_at t) x C.
Let Lambda := INR L * C ^ 2 / 2.

Lemma Lambda_nonneg : 0 <= Lambda.
Proof. unfold Lambda. pose proof (pos_INR L). pose proof (pow2_ge_0 C). nra. Qed.

Lemma z_square_le x : contrast_norm vocabulary L d jacobian (parameters_at t) x C ->
  mean Y (p t x) (fun y => z t x y ^ 2) <= Lambda * speed2 t.
Proof.
  intros Hc. eapply Rle_trans; [apply (fisher_le vocabulary L d logits jacobian vocabulary_nonempty (parameters_at t) x C (partial t) Hc)|].
  right. unfold Lambda, speed2. field.
Qed.

Lemma z_le x y : contrast_norm vocabulary L d jacobian (parameters_at t) x C -> In y Y ->
  Rabs (z t x y) <= sqrt 2 * INR L * C * sqrt (speed2 t).
Proof.
  intros Hc Hy.
  eapply Rle_trans; [apply (score_le vocabulary L d logits jacobian vocabulary_nonempty (parameters_at t) x C (partial t) Hc y Hy)|].
  right. fold (speed2 t). rewrite sqrt_mult_alt by (pose proof (pow2_ge_0 C); lra).
  rewrite (sqrt_mult_alt 2) by lra. rewrite sqrt_pow2 by auto. ring.
Qed.

(** S2 along the flow: the squared speed is at most Lambda times the mean variance. *)
Lemma speed2_le : speed2 t <= Lambda * mean_variance t.
Proof.
  pose proof Lambda_nonneg as HL.
  assert (Hx : forall x, In x prompts ->
    mean Y (p t x) (fun y => A t x y * z t x y) <= sqrt (mean Y (p t x) (fun y => A t x y ^ 2)) * sqrt (Lambda * speed2 t)).
  { intros x Hx. rewrite <- sqrt_mult_alt by apply variance_nonneg. apply le_sqrt_of_sqr.
    - apply Rmult_le_pos; [apply variance_nonneg|]. apply Rmult_le_pos; auto. apply speed2_nonneg.
    - eapply Rle_trans; [apply mean_cauchy_schwarz; intros; now apply p_nonneg|].
      apply Rmult_le_compat_l; [apply variance_nonneg|]. now apply z_square_le, contrast. }
  assert (H : speed2 t <= sqrt (mean_variance t) * sqrt (Lambda * speed2 t)).
  { rewrite (speed2_is t smooth_prompts) at 1.
    apply Rle_trans with (rsum prompts (fun x => w x * sqrt (mean Y (p t x) (fun y => A t x y ^ 2))) * sqrt (Lambda * speed2 t)).
    - rewrite (Rmult_comm _ (sqrt (Lambda * speed2 t))), <- rsum_scal. apply rsum_le. intros x Hxx.
      rewrite <- Rmult_assoc, (Rmult_comm _ (w x)), Rmult_assoc. apply Rmult_le_compat_l; auto.
      rewrite Rmult_comm. auto.
    - apply Rmult_le_compat_r; [apply sqrt_pos|].
      pose proof (mean_abs_le prompts w w_nonneg w_sum (fun x => sqrt (mean Y (p t x) (fun y => A t x y ^ 2)))) as H.
      unfold mean at 1 3 in H. rewrite (rsum_ext prompts (fun i => w i * Rabs (sqrt _)) (fun x => w x * sqrt (mean Y (p t x) (fun y => A t x y ^ 2)))) in H
        by (intros; rewrite Rabs_pos_eq by apply sqrt_pos; reflexivity).
      rewrite (rsum_ext prompts (fun i => w i * sqrt _ ^ 2) (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2))) in H
        by (intros; rewrite pow2_sqrt by apply variance_nonneg; reflexivity).
      exact H. }
  pose proof (speed2_nonneg t) as HN. pose proof (mean_variance_nonneg t) as HV.
  destruct HN as [HN|HN]; [|rewrite <- HN; apply Rmult_le_pos; auto].
  rewrite <- sqrt_mult_alt in H by auto.
  assert (H2 : speed2 t ^ 2 <= mean_variance t * (Lambda * speed2 t)).
  { rewrite <- (pow2_sqrt (mean_variance t * (Lambda * speed2 t))).
    - apply pow_incr. split; [lra|exact H].
    - apply Rmult_le_pos; auto. apply Rmult_le_pos; lra. }
  apply Rmult_le_reg_r with (speed2 t); auto. nra.
Qed.

Lemma speed_le : sqrt (speed2 t) <= sqrt Lambda * sqrt (mean_variance t).
Proof. rewrite <- sqrt_mult_alt by apply Lambda_nonneg. apply sqrt_le_1_alt, speed2_le. Qed.

(** The mean variance grows at most as fast as the longest score allows. *)
Lemma variance_rate_le B : (forall x y, In x prompts -> In y Y -> z t x y <= B * sqrt (speed2 t)) -> 0 <= B ->
  rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)) - 2 * lam * speed2 t
    <= B * sqrt (speed2 t) * mean_variance t.
Proof.
  intros HB HB0.
  assert (H1 : rsum prompts (fun x => w x * mean Y (p t x) (fun y => A t x y ^ 2 * z t x y)) <= B * sqrt (speed2 t) * mean_variance t).
  { unfold mean_variance. rewrite <- rsum_scal. apply rsum_le. intros x Hx.
    rewrite <- Rmult_assoc, (Rmult_comm _ (w x)), Rmult_assoc. apply Rmult_le_compat_l; auto.
    unfold mean. rewrite <- rsum_scal. apply rsum_le. intros y Hy.
    pose proof (HB x y Hx Hy). pose proof (p_nonneg t x y Hy). pose proof (pow2_ge_0 (A t x y)).
    assert (0 <= p t x y * A t x y ^ 2) by (apply Rmult_le_pos; auto). nra. }
  pose proof (speed2_nonneg t). assert (0 <= lam * speed2 t) by (apply Rmult_le_pos; auto). lra.
Qed.

(** The velocity of a watched expectation. *)
Lemma value_rate_le g x : contrast_norm vocabulary L d jacobian (parameters_at t) x C ->
  (forall y, In y Y -> -1 <= g y <= 1) ->
  mean Y (p t x) (fun y => (g y - mean Y (p t x) g) * z t x y) <= sqrt Lambda * sqrt (speed2 t).
Proof.
  intros Hc Hg. rewrite <- sqrt_mult_alt by apply Lambda_nonneg.
  pose proof (popoviciu Y (p t x) (fun y Hy => p_nonneg t x y Hy) (p_sum t x) g (-1) 1 Hg) as Hvar.
  pose proof (var_nonneg Y (p t x) (fun y Hy => p_nonneg t x y Hy) g) as Hvar0.
  assert (HZ : 0 <= mean Y (p t x) (fun y => z t x y ^ 2)).
  { apply mean_nonneg; [intros; now apply p_nonneg|intros; apply pow2_ge_0]. }
  apply le_sqrt_of_sqr; [apply Rmult_le_pos; [apply Lambda_nonneg|apply speed2_nonneg]|].
  eapply Rle_trans; [apply mean_cauchy_schwarz; intros; now apply p_nonneg|].
  unfold var in Hvar, Hvar0.
  pose proof (z_square_le x Hc) as Hz. rewrite <- (Rmult_1_l (Lambda * speed2 t)). apply Rmult_le_compat; auto. lra.
Qed.
End Rates.
End ParameterFlow.
