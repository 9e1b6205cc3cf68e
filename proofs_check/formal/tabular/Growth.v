(** No set of outputs gains mass faster than exp(c t / S): Lemma 10 [lem10] with c = 4 + 2 lam M, S-L10 [s-lem10] with
    c = 16/27 + 2 lam M, where M = ln(1/min q) and q is the initial policy. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Logarithms Divergence Softmax Flow Velocity GrowthRate SlowdownByKL.
Open Scope R_scope.

(** What KL adds to the growth of ln p_i, over lam. *)
Section Divergence.
Context {X : Type}.
Variables (l : list X) (p q : X -> R) (qmin : R).
Hypothesis p_pos : forall i, In i l -> 0 < p i.
Hypothesis q_pos : forall i, In i l -> 0 < q i.
Hypothesis p_sum : rsum l p = 1.
Hypothesis q_sum : rsum l q = 1.
Hypothesis qmin_pos : 0 < qmin.
Hypothesis qmin_le : forall i, In i l -> qmin <= q i.
Let M := ln (/ qmin).
Let B i := p i * (ln (p i / q i) - kl l p q).

Lemma kl_growth_le i : In i l -> rsum l (fun k => p k * B k) - B i <= 2 * M.
Proof.
  intros Hi.
  assert (HM : 0 <= M) by (apply (M_nonneg l p q qmin); auto).
  assert (HB : forall k, In k l -> B k <= p k * M) by (intros; apply (B_le l p q qmin); auto).
  assert (H0 : rsum l B = 0) by (apply (B_sum l p q p_sum)).
  assert (H1 : rsum l (fun k => p k * B k) <= M).
  { rewrite <- (Rmult_1_r M), <- p_sum, <- rsum_scal. apply rsum_le. intros k Hk.
    pose proof (p_pos k Hk). pose proof (HB k Hk). pose proof (p_le_1 l p p_pos p_sum k Hk).
    assert (0 <= M * (1 - p k)) by (apply Rmult_le_pos; lra). nra. }
  assert (H2 : - B i <= M).
  { pose proof (term_le_sum l (fun k => p k * M - B k) i) as H. cbv beta in H.
    rewrite (rsum_lin2 l _ M p (-1) B) in H by (intros; ring). rewrite H0, p_sum in H.
    assert (0 <= p i * M) by (apply Rmult_le_pos; auto; apply Rlt_le; auto).
    assert (p i * M - B i <= M * 1 + -1 * 0) by (apply H; auto; intros k Hk; specialize (HB k Hk); lra). lra. }
  lra.
Qed.
End Divergence.

(** A bound that does not depend on an output's place in the list. *)
Lemma reward_growth_le {X} (l : list X) (p r : X -> R) i : In i l -> (forall k, In k l -> 0 <= p k) -> rsum l p = 1 ->
  (forall k, In k l -> -1 <= r k <= 1) ->
  p i * (r i - mean l p r) - rsum l (fun k => p k ^ 2 * (r k - mean l p r)) <= 16 / 27.
Proof.
  intros Hi Hp Hp1 Hr. destruct (in_split _ _ Hi) as (l1 & l2 & E).
  assert (Hperm : forall f, rsum l f = rsum (i :: l1 ++ l2) f).
  { intros f. rewrite E. simpl. rewrite !rsum_app. simpl. ring. }
  assert (Hin : forall k, In k (i :: l1 ++ l2) -> In k l).
  { intros k [<-|Hk]; auto. rewrite E. apply in_or_app. apply in_app_or in Hk as [H|H]; [auto|right; now right]. }
  unfold mean. rewrite !Hperm. apply s_lem10_rate.
  - intros k Hk. apply Hp, Hin, Hk.
  - now rewrite <- Hperm.
  - intros k Hk. apply Hr, Hin, Hk.
Qed.

Section Flow.
Context {X : Type}.
Variables (l : list X) (r : X -> R) (lam S qmin : R) (theta : X -> R -> R).
Hypothesis l_nonempty : l <> nil.
Hypothesis S_pos : 0 < S.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis r_bounded : forall i, In i l -> -1 <= r i <= 1.
Hypothesis qmin_pos : 0 < qmin.
Hypothesis qmin_le : forall i, In i l -> qmin <= policy l theta 0 i.
Let c := 16 / 27 + 2 * lam * ln (/ qmin).

Section TwoSided.
Hypothesis flow : two_sided_flow l r lam S theta.
Notation p := (policy l theta).

(** The growth of ln p_i, and its bound. *)
Lemma log_derive t i : 0 < t -> In i l ->
  is_derive (fun s => ln (p s i / p 0 i)) t (p t i * adv l r lam theta t i / S - rsum l (fun k => p t k * (p t k * adv l r lam theta t k / S))).
Proof.
  intros Ht Hi. apply (log_ratio_derive l theta t (fun k => p t k * adv l r lam theta t k / S)); auto.
  - intros k Hk. now apply flow.
  - now apply (policy_pos l theta).
Qed.

Lemma log_rate_le t i : In i l ->
  p t i * adv l r lam theta t i / S - rsum l (fun k => p t k * (p t k * adv l r lam theta t k / S)) <= c / S.
Proof.
  intros Hi.
  assert (Hpos : forall s k, In k l -> 0 < p s k) by (intros; now apply policy_pos).
  assert (Hsum : forall s, rsum l (p s) = 1) by (intros; now apply policy_sum).
  pose proof (reward_growth_le l (p t) r i Hi (fun k Hk => Rlt_le _ _ (Hpos t k Hk)) (Hsum t) r_bounded) as H1.
  pose proof (kl_growth_le l (p t) (p 0) qmin (Hpos t) (Hpos 0) (Hsum t) (Hsum 0) qmin_pos qmin_le i Hi) as H2.
  cbv beta in H2. set (V := mean l (p t) r) in *.
  set (KL := kl l (p t) (p 0)) in *.
  assert (HA : forall k, adv l r lam theta t k = (r k - V) - lam * (ln (p t k / p 0 k) - KL)).
  { intros k. apply adv_split. }
  set (lr := fun k => ln (p t k / p 0 k)) in *.
  rewrite (rsum_lin2 l (fun k => p t k * (p t k * adv l r lam theta t k / S)) (/ S) (fun k => p t k ^ 2 * (r k - V))
    (- lam / S) (fun k => p t k * (p t k * (lr k - KL)))) by (intros k _; rewrite HA; unfold lr; field; lra).
  rewrite HA. fold (lr i).
  replace (p t i * (r i - V - lam * (lr i - KL)) / S
    - (/ S * rsum l (fun k => p t k ^ 2 * (r k - V)) + - lam / S * rsum l (fun k => p t k * (p t k * (lr k - KL)))))
    with ((p t i * (r i - V) - rsum l (fun k => p t k ^ 2 * (r k - V))
           + lam * (rsum l (fun k => p t k * (p t k * (lr k - KL))) - p t i * (lr i - KL))) / S) by (field; lra).
  apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; auto|].
  apply (Rmult_le_compat_l lam) in H2; auto. unfold c. change (ln (p t i / p 0 i)) with (lr i) in H2.
  change (fun k => p t k * (p t k * (ln (p t k / p 0 k) - KL))) with (fun k => p t k * (p t k * (lr k - KL))) in H2. lra.
Qed.

Lemma log_continuous t i : 0 <= t -> In i l -> continuous (fun s => ln (p s i / p 0 i)) t.
Proof.
  intros Ht Hi. apply (cont_after (fun y => ln (y / p 0 i)) (fun s => p s i)).
  - apply softmax_continuous; auto. now apply (two_sided_continuous l r lam S).
  - pose proof (policy_pos l theta 0 i Hi). pose proof (policy_pos l theta t i Hi). auto_derive. apply Rdiv_lt_0_compat; auto.
Qed.

Lemma output_growth t i : 0 <= t -> In i l -> p t i <= p 0 i * exp (c * t / S).
Proof.
  intros Ht Hi.
  pose proof (policy_pos l theta 0 i Hi) as H0. pose proof (policy_pos l theta t i Hi) as Hp.
  assert (H : ln (p t i / p 0 i) - c / S * t <= ln (p 0 i / p 0 i) - c / S * 0).
  { apply (nonincreasing (fun s => ln (p s i / p 0 i) - c / S * s)
      (fun s => p s i * adv l r lam theta s i / S - rsum l (fun k => p s k * (p s k * adv l r lam theta s k / S)) - c / S)); auto.
    - intros s Hs. apply (cont_minus (fun s => ln (p s i / p 0 i)) (fun s => c / S * s)); [apply log_continuous; auto; lra|].
      apply (ex_derive_continuous (fun s => c / S * s)). auto_derive. exact I.
    - intros s Hs. apply (is_derive_minus (fun s => ln (p s i / p 0 i)) (fun s => c / S * s)); [apply log_derive; auto; lra|].
      auto_derive; [exact I|ring].
    - intros s Hs. pose proof (log_rate_le s i Hi). lra. }
  replace (p 0 i / p 0 i) with 1 in H by (field; lra). rewrite ln_1 in H.
  assert (Hln : ln (p t i / p 0 i) <= c * t / S) by (unfold Rdiv in *; lra).
  replace (p t i) with (p 0 i * exp (ln (p t i / p 0 i))).
  - apply Rmult_le_compat_l; [lra|]. destruct Hln as [Hln|Hln]; [left; now apply exp_increasing|right; now rewrite Hln].
  - rewrite exp_ln by (apply Rdiv_lt_0_compat; auto). field. lra.
Qed.
End TwoSided.
End Flow.

(** S-L10 for a set of outputs, given by [inside]. *)
Theorem s_lem10 {X} (l : list X) r lam S qmin theta (inside : X -> bool) t : l <> nil -> 0 < S -> 0 <= lam ->
  (forall i, In i l -> -1 <= r i <= 1) -> 0 < qmin -> (forall i, In i l -> qmin <= policy l theta 0 i) ->
  gradient_flow l r lam S theta -> 0 <= t ->
  let mass s := rsum l (fun i => (if inside i then 1 else 0) * policy l theta s i) in
  mass t <= mass 0 * exp ((16 / 27 + 2 * lam * ln (/ qmin)) * t / S).
Proof.
  intros Hl HS Hlam Hr Hq Hqmin Hflow Ht mass. unfold mass. rewrite Rmult_comm, <- rsum_scal. apply rsum_le. intros i Hi.
  rewrite <- !(extended_policy l theta) by lra.
  assert (Hqmin' : forall k, In k l -> qmin <= policy l (extended theta) 0 k) by (intros; rewrite extended_policy by lra; auto).
  pose proof (output_growth l r lam S qmin (extended theta) Hl HS Hlam Hr Hq Hqmin' (extended_flow _ _ _ _ _ Hflow) t i Ht Hi).
  destruct (inside i); lra.
Qed.
