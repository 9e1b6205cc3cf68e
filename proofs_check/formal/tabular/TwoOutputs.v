(** A flow that exists: one prompt, two outputs, rewards 1 and -1, no KL. The difference z of the logits solves
    z + sinh z = 2 t; so the hypotheses of the theorems about the flow can be met. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Softmax Flow.
Open Scope R_scope.

(** The time at which the difference of the logits is z. *)
Definition clock (z : R) : R := (z + sinh z) / 2.
Definition clock_rate (z : R) : R := (1 + cosh z) / 2.

Lemma clock_derive z : is_derive clock z (clock_rate z).
Proof. unfold clock, clock_rate, sinh, cosh. auto_derive; [exact I|]. field. Qed.

Lemma clock_rate_ge z : 1 <= clock_rate z.
Proof.
  unfold clock_rate, cosh. pose proof (exp_pos z) as H. rewrite exp_Ropp.
  assert (2 <= exp z + / exp z); [|lra].
  apply Rmult_le_reg_l with (exp z); [auto|]. replace (exp z * (exp z + / exp z)) with (exp z ^ 2 + 1) by (field; lra).
  pose proof (pow2_ge_0 (exp z - 1)). nra.
Qed.

Lemma clock_continuous : forall z, continuity_pt clock z.
Proof.
  intros z. apply continuity_pt_filterlim. apply (ex_derive_continuous clock). eexists. apply clock_derive.
Qed.

Lemma clock_spread a b : exists c, Rmin a b <= c <= Rmax a b /\ clock b - clock a = clock_rate c * (b - a).
Proof.
  apply (MVT_gen clock a b clock_rate).
  - intros; apply clock_derive.
  - intros; apply clock_continuous.
Qed.

(** The clock runs at least as fast as its difference of logits. *)
Lemma clock_expands a b : Rabs (b - a) <= Rabs (clock b - clock a).
Proof.
  destruct (clock_spread a b) as (c & _ & ->). rewrite Rabs_mult. pose proof (clock_rate_ge c).
  rewrite (Rabs_pos_eq (clock_rate c)) by lra. pose proof (Rabs_pos (b - a)). nra.
Qed.

Lemma clock_0 : clock 0 = 0.
Proof. unfold clock. rewrite sinh_0. lra. Qed.

Lemma clock_ge z : 0 <= z -> z <= clock z.
Proof.
  intros Hz. destruct (clock_spread 0 z) as (c & _ & E). rewrite clock_0 in E. pose proof (clock_rate_ge c). nra.
Qed.

Lemma clock_le z : z <= 0 -> clock z <= z.
Proof.
  intros Hz. destruct (clock_spread 0 z) as (c & _ & E). rewrite clock_0 in E. pose proof (clock_rate_ge c). nra.
Qed.

(** The difference of logits at time t. *)
Lemma logit_exists (t : R) : { z | clock z = t }.
Proof.
  destruct (IVT_gen clock (- Rabs t) (Rabs t) t) as (z & _ & Hz).
  - intros z. apply clock_continuous.
  - pose proof (Rabs_pos t) as Ha. pose proof (clock_ge (Rabs t) Ha).
    pose proof (clock_le (- Rabs t) ltac:(lra)). pose proof (Rle_abs t). pose proof (Rle_abs (- t)).
    rewrite Rabs_Ropp in *. split.
    + eapply Rle_trans; [apply Rmin_l|]. lra.
    + eapply Rle_trans; [|apply Rmax_r]. lra.
  - now exists z.
Qed.
Definition logit (t : R) : R := proj1_sig (logit_exists t).
Lemma clock_logit t : clock (logit t) = t.
Proof. unfold logit. destruct (logit_exists t). auto. Qed.

Lemma logit_lipschitz s t : Rabs (logit s - logit t) <= Rabs (s - t).
Proof. rewrite <- (clock_logit s) at 2. rewrite <- (clock_logit t) at 2. apply clock_expands. Qed.

Lemma logit_derive t : is_derive logit t (/ clock_rate (logit t)).
Proof.
  apply is_derive_Reals. intros eps Heps.
  assert (Hc : continuity_pt (fun z => / clock_rate z) (logit t)).
  { apply continuity_pt_filterlim. apply (ex_derive_continuous (fun z => / clock_rate z)).
    pose proof (clock_rate_ge (logit t)). unfold clock_rate, cosh in *. auto_derive. lra. }
  destruct (Hc eps Heps) as (d & Hd & H).
  exists (mkposreal d Hd). intros h Hh0 Hh. simpl in Hh.
  destruct (clock_spread (logit t) (logit (t + h))) as (c & Hcc & E).
  rewrite !clock_logit in E. replace (t + h - t) with h in E by ring.
  pose proof (clock_rate_ge c) as Hr.
  replace ((logit (t + h) - logit t) / h) with (/ clock_rate c).
  2:{ assert (Hr0 : clock_rate c <> 0) by lra. apply Rmult_eq_reg_r with (clock_rate c * h); [|now apply Rmult_integral_contrapositive].
      replace ((logit (t + h) - logit t) / h * (clock_rate c * h)) with (clock_rate c * (logit (t + h) - logit t)) by (field; auto).
      rewrite <- E. field. auto. }
  destruct (Req_dec c (logit t)) as [->|Hne].
  - replace (/ clock_rate (logit t) - / clock_rate (logit t)) with 0 by ring. now rewrite Rabs_R0.
  - apply H. split; [split; [exact I|congruence]|]. simpl. unfold R_dist.
    assert (Rabs (c - logit t) <= Rabs (logit (t + h) - logit t)).
    { destruct (Rle_or_lt (logit t) (logit (t + h))) as [Ho|Ho].
      - rewrite Rmin_left, Rmax_right in Hcc by lra. rewrite !Rabs_pos_eq by lra. lra.
      - rewrite Rmin_right, Rmax_left in Hcc by lra. rewrite !Rabs_left1 by lra. lra. }
    pose proof (logit_lipschitz (t + h) t) as Hl. replace (t + h - t) with h in Hl by ring. lra.
Qed.

(** The flow. *)
Definition two : list nat := seq 0 2.
Definition two_rewards (i : nat) : R := match i with O => 1 | _ => -1 end.
Definition two_logits (i : nat) (t : R) : R := match i with O => logit t / 2 | _ => - (logit t / 2) end.

Lemma two_partition t : 0 < exp (logit t / 2) + exp (- (logit t / 2)).
Proof. pose proof (exp_pos (logit t / 2)). pose proof (exp_pos (- (logit t / 2))). lra. Qed.

(** The speed of the first logit is half of that of the difference: p (1-p) 2 = 1 / (1 + cosh z). *)
Theorem two_outputs_flow : gradient_flow two two_rewards 0 1 two_logits.
Proof.
  intros i Hi. assert (Hd : forall s, is_derive logit s (/ clock_rate (logit s))) by apply logit_derive.
  assert (Hcase : i = 0%nat \/ i = 1%nat) by (simpl in Hi; lia).
  assert (Hdi : forall t, is_derive (two_logits i) t (two_rewards i * / clock_rate (logit t) / 2)).
  { intros t. destruct Hcase as [-> | ->]; unfold two_logits, two_rewards.
    - apply (is_derive_ext (fun s => / 2 * logit s)); [intros s; change (/ 2 * logit s = logit s / 2); field|].
      refine (derive_eq _ _ _ _ (is_derive_scal logit t (/ 2) _ (Hd t)) _).
      unfold scal; simpl; unfold mult; simpl. field. pose proof (clock_rate_ge (logit t)); lra.
    - apply (is_derive_ext (fun s => - / 2 * logit s)); [intros s; change (- / 2 * logit s = - (logit s / 2)); field|].
      refine (derive_eq _ _ _ _ (is_derive_scal logit t (- / 2) _ (Hd t)) _).
      unfold scal; simpl; unfold mult; simpl. field. pose proof (clock_rate_ge (logit t)); lra. }
  split.
  - intros t _. refine (derive_eq _ _ _ _ (Hdi t) _).
    unfold adv, rkl, policy, softmax, mean, two, two_logits, two_rewards, clock_rate, cosh; simpl.
    set (x := logit t / 2). set (x0 := logit 0 / 2).
    assert (E1 : exp (logit t) = exp x * exp x) by (rewrite <- exp_plus; f_equal; unfold x; field).
    rewrite (exp_Ropp (logit t)), E1, (exp_Ropp x).
    assert (Ha : 0 < exp x) by apply exp_pos.
    destruct Hcase as [-> | ->]; cbv iota; fold x; rewrite ?exp_Ropp; set (a := exp x) in *; clearbody a; set (b := exp x0); field; repeat split; try nra.
  - apply right_continuous.
    apply (ex_derive_continuous (two_logits i)). eexists. apply Hdi.
Qed.

(** It starts from equal probabilities, with reward variance 1, and every gain below 1 is reached. *)
Lemma logit_0 : logit 0 = 0.
Proof.
  pose proof (clock_expands 0 (logit 0)) as H. rewrite clock_logit, clock_0, Rminus_0_r in H.
  replace (0 - 0) with 0 in H by ring. rewrite Rabs_R0 in H. pose proof (Rabs_pos (logit 0)).
  apply Rabs_eq_0. lra.
Qed.

Theorem two_outputs_variance : var two (policy two two_logits 0) two_rewards = 1.
Proof.
  unfold var, mean, policy, softmax, two, two_logits, two_rewards; simpl. rewrite logit_0.
  replace (0 / 2) with 0 by field. rewrite Ropp_0, exp_0. field.
Qed.
