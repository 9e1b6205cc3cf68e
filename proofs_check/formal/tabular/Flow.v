(** The tabular softmax policy under policy-gradient flow: the motion of r_KL, of the reward variance [var-flow] and of
    expectations, and their rates [s3-var-rate, s3-value-rate]. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Comparison Softmax.
Open Scope R_scope.

Section Flow.
Context {X : Type}.
Variables (l : list X) (r : X -> R) (lam S : R) (theta : X -> R -> R).

Definition policy (t : R) : X -> R := softmax l (fun k => theta k t).
Definition rkl (t : R) (i : X) : R := r i - lam * ln (policy t i / policy 0 i).
Definition adv (t : R) (i : X) : R := rkl t i - mean l (policy t) (rkl t).
Definition sigma2 (t : R) : R := mean l (policy t) (fun i => adv t i ^ 2).

(** The logits move by the flow at positive times, and are continuous (from the right) at time 0. *)
Definition gradient_flow : Prop := forall i, In i l ->
  (forall t, 0 < t -> is_derive (theta i) t (policy t i * adv t i / S)) /\
  filterlim (theta i) (at_right 0) (locally (theta i 0)).

Hypothesis l_nonempty : l <> nil.
Hypothesis S_pos : 0 < S.

Lemma policy_pos t i : In i l -> 0 < policy t i.
Proof. apply softmax_pos. Qed.
Lemma policy_nonneg t i : In i l -> 0 <= policy t i.
Proof. intros; now apply Rlt_le, policy_pos. Qed.
Lemma policy_sum t : rsum l (policy t) = 1.
Proof. now apply softmax_sum. Qed.

Lemma adv_centered t : mean l (policy t) (adv t) = 0.
Proof. apply mean_centered, policy_sum. Qed.

Lemma rkl_0 i : In i l -> rkl 0 i = r i.
Proof.
  intros Hi. unfold rkl. pose proof (policy_pos 0 i Hi).
  replace (policy 0 i / policy 0 i) with 1 by (field; lra). rewrite ln_1. ring.
Qed.

Lemma sigma2_0 : sigma2 0 = var l (policy 0) r.
Proof.
  unfold sigma2, var, adv.
  assert (E : mean l (policy 0) (rkl 0) = mean l (policy 0) r).
  { apply rsum_ext; intros i Hi. now rewrite rkl_0. }
  apply rsum_ext; intros i Hi. rewrite E, rkl_0; auto.
Qed.

Section AtTime.
Variable t : R.
Let p := policy t.
Let A := adv t.
Let u i := p i * A i / S.
Hypothesis theta_derive : forall i, In i l -> is_derive (theta i) t (u i).

Lemma rkl_derive i : In i l -> is_derive (fun s => rkl s i) t (- lam * (u i - mean l p u)).
Proof.
  intros Hi. unfold rkl.
  pose proof (log_ratio_derive l theta t u theta_derive i (policy 0 i) Hi (policy_pos 0 i Hi)) as Hd.
  pose proof (is_derive_scal _ t lam _ Hd) as Hs.
  pose proof (is_derive_minus (fun _ => r i) _ t 0 _ (is_derive_const (r i) t) Hs) as Hm.
  refine (derive_eq _ _ _ _ Hm _). unfold minus, plus, opp, scal; simpl. unfold mult; simpl. unfold p, policy. ring.
Qed.

(** The motion of reward variance [var-flow]. *)
Lemma sigma2_derive : is_derive sigma2 t
  ((rsum l (fun i => p i ^ 2 * A i ^ 3) - sigma2 t * rsum l (fun i => p i ^ 2 * A i)
    - 2 * lam * rsum l (fun i => p i ^ 2 * A i ^ 2)) / S).
Proof.
  set (ub := mean l p u).
  pose proof (mean_derive l theta t u theta_derive rkl (fun i => - lam * (u i - ub)) rkl_derive) as HR.
  set (D := mean l (softmax l (fun k => theta k t)) (fun k => (u k - mean l (softmax l (fun k0 => theta k0 t)) u) * rkl t k)
            + mean l (softmax l (fun k => theta k t)) (fun i => - lam * (u i - ub))) in HR.
  assert (HA : forall i, In i l -> is_derive (fun s => adv s i) t (- lam * (u i - ub) - D)).
  { intros i Hi. exact (is_derive_minus _ _ t _ _ (rkl_derive i Hi) HR). }
  assert (HA2 : forall i, In i l -> is_derive (fun s => adv s i ^ 2) t (2 * A i * (- lam * (u i - ub) - D))).
  { intros i Hi. pose proof (is_derive_pow _ 2 t _ (HA i Hi)) as H2. refine (derive_eq _ _ _ _ H2 _). simpl. unfold A. ring. }
  pose proof (mean_derive l theta t u theta_derive (fun s i => adv s i ^ 2) _ HA2) as HV.
  refine (derive_eq _ _ _ _ HV _). cbv beta.
  change (softmax l (fun k => theta k t)) with p. fold ub. change (adv t) with A.
  assert (HA0 : rsum l (fun i => p i * A i) = 0) by (apply adv_centered).
  assert (Hub : ub = / S * rsum l (fun i => p i ^ 2 * A i)).
  { unfold ub, mean, u. apply rsum_lin1. intros; field; lra. }
  assert (Hs : sigma2 t = rsum l (fun i => p i * A i ^ 2)) by reflexivity.
  rewrite Hs. unfold mean.
  rewrite (rsum_lin2 l (fun i => p i * ((u i - ub) * A i ^ 2)) (/ S) (fun i => p i ^ 2 * A i ^ 3)
             (- ub) (fun i => p i * A i ^ 2)) by (intros; unfold u; field; lra).
  rewrite (rsum_lin2 l (fun i => p i * (2 * A i * (- lam * (u i - ub) - D))) (- 2 * lam / S) (fun i => p i ^ 2 * A i ^ 2)
             (2 * lam * ub - 2 * D) (fun i => p i * A i)) by (intros; unfold u; field; lra).
  rewrite HA0, Hub. field. lra.
Qed.

(** The motion of any expectation. *)
Lemma value_derive g : is_derive (fun s => mean l (policy s) g) t
  (rsum l (fun i => p i * (p i * A i) * (g i - mean l p g)) / S).
Proof.
  pose proof (mean_derive l theta t u theta_derive (fun _ => g) (fun _ => 0) (fun k _ => is_derive_const (g k) t)) as H.
  refine (derive_eq _ _ _ _ H _). cbv beta. change (softmax l (fun k => theta k t)) with p.
  rewrite (mean_const l p (policy_sum t)), Rplus_0_r.
  set (gb := mean l p g). set (ub := mean l p u). unfold mean at 1.
  rewrite (rsum_lin2 l _ 1 (fun i => p i * (u i * g i)) (- ub) (fun i => p i * g i)) by (intros; ring).
  change (rsum l (fun i => p i * g i)) with gb.
  rewrite (rsum_lin2 l (fun i => p i * (p i * A i) * (g i - gb)) S (fun i => p i * (u i * g i)) (- gb * S) (fun i => p i * u i))
    by (intros; unfold u; field; lra).
  change (rsum l (fun i => p i * u i)) with ub. field. lra.
Qed.

Lemma sigma2_rate : 0 <= lam ->
  (rsum l (fun i => p i ^ 2 * A i ^ 3) - sigma2 t * rsum l (fun i => p i ^ 2 * A i)
    - 2 * lam * rsum l (fun i => p i ^ 2 * A i ^ 2)) / S <= 2 * (/ (4 * S)) * (sigma2 t * sqrt (sigma2 t)).
Proof.
  intros Hlam.
  pose proof (var_rate_le l p (policy_nonneg t) (policy_sum t) A (adv_centered t) lam Hlam) as H.
  change (mean l p (fun i => A i ^ 2)) with (sigma2 t) in H.
  replace (2 * (/ (4 * S)) * (sigma2 t * sqrt (sigma2 t))) with (sigma2 t * sqrt (sigma2 t) / 2 * / S) by (field; lra).
  apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; auto|exact H].
Qed.

Lemma value_rate g : (forall i, In i l -> -1 <= g i <= 1) ->
  rsum l (fun i => p i * (p i * A i) * (g i - mean l p g)) / S <= / (2 * S) * sqrt (sigma2 t).
Proof.
  intros Hg.
  pose proof (value_rate_le l p (policy_nonneg t) (policy_sum t) A (adv_centered t) g Hg) as H.
  change (mean l p (fun i => A i ^ 2)) with (sigma2 t) in H.
  pose proof (Rle_abs (rsum l (fun i => p i * (p i * A i) * (g i - mean l p g)))).
  replace (/ (2 * S) * sqrt (sigma2 t)) with (sqrt (sigma2 t) / 2 * / S) by (field; lra).
  apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; auto|lra].
Qed.
End AtTime.

Section Continuity.
Variable t : R.
Hypothesis theta_cont : forall k, In k l -> continuous (theta k) t.

Lemma rkl_continuous i : In i l -> continuous (fun s => rkl s i) t.
Proof.
  intros Hi. unfold rkl.
  apply (cont_after (fun y => r i - lam * ln (y / policy 0 i)) (fun s => policy s i)).
  - now apply softmax_continuous.
  - pose proof (policy_pos 0 i Hi). pose proof (policy_pos t i Hi).
    auto_derive. apply Rdiv_lt_0_compat; auto.
Qed.

Lemma sigma2_continuous : continuous sigma2 t.
Proof.
  apply (mean_continuous l theta t (fun s i => adv s i ^ 2)); [auto|]. intros i Hi.
  apply (cont_after (fun y => y ^ 2) (fun s => adv s i)).
  - apply (cont_minus (fun s => rkl s i) (fun s => mean l (policy s) (rkl s))); [now apply rkl_continuous|].
    apply (mean_continuous l theta t rkl); [auto|]. intros; now apply rkl_continuous.
  - auto_derive. exact I.
Qed.

Lemma value_continuous g : continuous (fun s => mean l (policy s) g) t.
Proof. apply (mean_continuous l theta t (fun _ => g)); [auto|]. intros; apply continuous_const. Qed.
End Continuity.

(** S3 for logits that are continuous at 0 from both sides. *)
Lemma s3_continuous g gamma T : 0 <= lam -> 0 <= T -> (forall i, In i l -> -1 <= g i <= 1) ->
  (forall i t, In i l -> 0 < t -> is_derive (theta i) t (policy t i * adv t i / S)) ->
  (forall i, In i l -> continuous (theta i) 0) ->
  mean l (policy 0) g + gamma <= mean l (policy T) g ->
  4 * S * (1 - exp (- gamma / 2)) <= sqrt (var l (policy 0) r) * T.
Proof.
  intros Hlam HT Hg Hd Hc Hgain.
  assert (Hcont : forall t, 0 <= t <= T -> forall i, In i l -> continuous (theta i) t).
  { intros t [[Ht|<-] _] i Hi; [|auto]. apply (ex_derive_continuous (theta i)). eexists. now apply Hd. }
  rewrite <- sigma2_0.
  assert (H : 1 - exp (- (/ (4 * S) / / (2 * S)) * gamma) <= / (4 * S) * sqrt (sigma2 0) * T).
  { eapply (comparison (/ (4 * S)) (/ (2 * S)) T sigma2 _ (fun t => mean l (policy t) g)).
    - apply Rinv_0_lt_compat; lra.
    - apply Rinv_0_lt_compat; lra.
    - exact HT.
    - intros t _. apply s2_nonneg, policy_nonneg.
    - intros t Ht. apply sigma2_continuous; auto.
    - intros t Ht. apply value_continuous; auto.
    - intros t Ht. apply sigma2_derive. intros i Hi. apply Hd; [auto|lra].
    - intros t Ht. apply value_derive. intros i Hi. apply Hd; [auto|lra].
    - intros t Ht. now apply sigma2_rate.
    - intros t Ht. now apply value_rate.
    - exact Hgain. }
  replace (- (/ (4 * S) / / (2 * S)) * gamma) with (- gamma / 2) in H by (field; lra).
  apply Rmult_le_reg_l with (/ (4 * S)); [apply Rinv_0_lt_compat; lra|].
  replace (/ (4 * S) * (4 * S * (1 - exp (- gamma / 2)))) with (1 - exp (- gamma / 2)) by (field; lra). lra.
Qed.
End Flow.

(** A flow that is continuous at 0 from the right, made constant to the left of 0, is continuous at 0; nothing changes
    at times that count. *)
Section TwoSided.
Context {X : Type}.
Variables (l : list X) (r : X -> R) (lam S : R) (theta : X -> R -> R).

Definition two_sided_flow : Prop := forall i, In i l ->
  (forall t, 0 < t -> is_derive (theta i) t (policy l theta t i * adv l r lam theta t i / S)) /\ continuous (theta i) 0.
End TwoSided.

Definition extended {X} (theta : X -> R -> R) (i : X) (t : R) : R := theta i (Rmax 0 t).

Lemma extended_policy {X} (l : list X) theta t : 0 <= t -> policy l (extended theta) t = policy l theta t.
Proof. intros Ht. unfold policy, extended. now rewrite Rmax_right. Qed.

Lemma extended_flow {X} (l : list X) r lam S theta : gradient_flow l r lam S theta ->
  two_sided_flow l r lam S (extended theta).
Proof.
  intros flow i Hi. split.
  - intros t Ht. apply extend_derive; [auto|]. unfold adv, rkl. rewrite !extended_policy by lra. now apply flow.
  - apply extend_continuous. now apply flow.
Qed.

Lemma two_sided_continuous {X} (l : list X) r lam S theta : two_sided_flow l r lam S theta ->
  forall t, 0 <= t -> forall i, In i l -> continuous (theta i) t.
Proof.
  intros flow t [Ht|<-] i Hi; [|now apply flow].
  apply (ex_derive_continuous (theta i)). eexists. now apply flow.
Qed.
