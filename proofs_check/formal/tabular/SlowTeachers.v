(** The slow parts of Theorem 5 [thm5-slow, s-thm5] and Theorem 6 [thm6-slow, s-thm6]. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Softmax Flow S3.
Open Scope R_scope.

Section NarrowRewards.
Context {X : Type}.
Variables (l : list X) (r g : X -> R) (lam S gamma : R) (theta : X -> R -> R).
Notation p := (policy l theta).

Hypothesis l_nonempty : l <> nil.
Hypothesis S_pos : 0 < S.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis g_bounded : forall i, In i l -> -1 <= g i <= 1.
Hypothesis flow : gradient_flow l r lam S theta.

(** S-T5: rewards in an interval of length 1/T. *)
Corollary s_thm5_slow lo T t : 0 < T -> (forall i, In i l -> lo <= r i <= lo + / T) ->
  0 <= t -> mean l (p 0) g + gamma <= mean l (p t) g -> 8 * S * (1 - exp (- gamma / 2)) * T <= t.
Proof.
  intros HT Hr Ht Hgain. pose proof (s3_product l r g lam S gamma theta l_nonempty S_pos lam_nonneg g_bounded flow t Ht Hgain) as H.
  assert (HV : sqrt (var l (p 0) r) <= / (2 * T)).
  { rewrite <- (sqrt_pow2 (/ (2 * T))) by (apply Rlt_le, Rinv_0_lt_compat; lra). apply sqrt_le_1_alt.
    eapply Rle_trans; [apply (popoviciu l (p 0)) with (a := lo) (b := lo + / T); auto|].
    - intros; now apply policy_nonneg.
    - now apply policy_sum.
    - right. field. lra. }
  assert (H2 : 4 * S * (1 - exp (- gamma / 2)) <= / (2 * T) * t).
  { eapply Rle_trans; [apply H|]. now apply Rmult_le_compat_r. }
  apply Rmult_le_reg_l with (/ (2 * T)); [apply Rinv_0_lt_compat; lra|].
  replace (/ (2 * T) * (8 * S * (1 - exp (- gamma / 2)) * T)) with (4 * S * (1 - exp (- gamma / 2))) by (field; lra).
  exact H2.
Qed.

Corollary thm5_slow lo T t : 0 < gamma -> 0 < T -> (forall i, In i l -> lo <= r i <= lo + / T) ->
  0 <= t -> mean l (p 0) g + gamma <= mean l (p t) g -> 2 * S * (1 - exp (- gamma / 2)) * T <= t.
Proof.
  intros Hg HT Hr Ht Hgain. eapply Rle_trans; [|apply (s_thm5_slow lo T t); auto].
  apply Rmult_le_compat_r; [lra|].
  assert (exp (- gamma / 2) < 1) by (rewrite <- exp_0; apply exp_increasing; lra). nra.
Qed.
End NarrowRewards.

(** A reward of two levels: +1 on one output of probability q, -1 elsewhere. *)
Lemma two_level_var {X} (l : list X) (p r : X -> R) (y : X) : rsum l p = 1 -> NoDup l -> In y l ->
  r y = 1 -> (forall i, In i l -> i <> y -> r i = -1) -> var l p r = 4 * p y * (1 - p y).
Proof.
  intros Hp HN Hy H1 H2.
  assert (Hm : mean l p r = 2 * p y - 1).
  { assert (E : rsum l (fun i => p i * (r i + 1)) = p y * (r y + 1)).
    { apply (rsum_single l (fun i => p i * (r i + 1)) y HN Hy). intros i Hi Hne. cbv beta. rewrite (H2 i Hi Hne). ring. }
    rewrite (rsum_lin2 l _ 1 (fun i => p i * r i) 1 p) in E by (intros; ring).
    fold (mean l p r) in E. rewrite Hp, H1 in E. lra. }
  assert (Hm2 : mean l p (fun i => r i ^ 2) = 1).
  { assert (E : rsum l (fun i => p i * (r i ^ 2 - 1)) = p y * (r y ^ 2 - 1)).
    { apply (rsum_single l (fun i => p i * (r i ^ 2 - 1)) y HN Hy).
      intros i Hi Hne. cbv beta. rewrite (H2 i Hi Hne). ring. }
    rewrite (rsum_lin2 l _ 1 (fun i => p i * r i ^ 2) (-1) p) in E by (intros; ring).
    fold (mean l p (fun i => r i ^ 2)) in E. rewrite Hp, H1 in E. lra. }
  rewrite (var_moments l p Hp), Hm, Hm2. ring.
Qed.

Corollary s_thm6_slow {X} (l : list X) (r g : X -> R) (lam S gamma : R) (theta : X -> R -> R) y t :
  NoDup l -> In y l -> r y = 1 -> (forall i, In i l -> i <> y -> r i = -1) ->
  0 < S -> 0 <= lam -> (forall i, In i l -> -1 <= g i <= 1) -> gradient_flow l r lam S theta ->
  0 <= t -> mean l (policy l theta 0) g + gamma <= mean l (policy l theta t) g ->
  let q := policy l theta 0 y in 2 * S * (1 - exp (- gamma / 2)) <= sqrt (q * (1 - q)) * t.
Proof.
  intros HN Hy H1 H2 HS Hlam Hg Hflow Ht Hgain q.
  assert (Hl : l <> nil) by (intros ->; inversion Hy).
  pose proof (s3_product l r g lam S gamma theta Hl HS Hlam Hg Hflow t Ht Hgain) as H.
  rewrite (two_level_var l _ r y) in H; auto; [|now apply policy_sum]. fold q in H.
  replace (4 * q * (1 - q)) with (2 * 2 * (q * (1 - q))) in H by ring.
  rewrite sqrt_mult_alt, sqrt_square in H by lra. lra.
Qed.

(** One of several outputs has a probability below 1. *)
Lemma two_outputs_below_1 n z y : (1 < n)%nat -> (y < n)%nat -> 0 < softmax (seq 0 n) z y < 1.
Proof.
  intros Hn Hy. assert (Hin : In y (seq 0 n)) by (apply in_seq; lia). split; [now apply softmax_pos|].
  set (k := if Nat.eqb y 0 then 1%nat else 0%nat).
  assert (Hk : In k (seq 0 n) /\ k <> y).
  { unfold k. destruct (Nat.eqb_spec y 0) as [->|]; split; try (apply in_seq; lia); lia. }
  destruct Hk as [Hkin Hky].
  assert (Hl : seq 0 n <> nil) by (intros E; rewrite E in Hin; inversion Hin).
  rewrite <- (softmax_sum (seq 0 n) z Hl).
  destruct (in_split _ _ Hin) as (l1 & l2 & E).
  assert (Hin2 : In k (l1 ++ l2)).
  { rewrite E in Hkin. apply in_app_or in Hkin as [H|[H|H]]; [apply in_or_app; auto|congruence|apply in_or_app; auto]. }
  assert (Hpos : forall i, In i (l1 ++ l2) -> 0 < softmax (seq 0 n) z i).
  { intros i Hi. apply softmax_pos. rewrite E. apply in_or_app. apply in_app_or in Hi as [H|H]; [auto|right; now right]. }
  assert (H : rsum (seq 0 n) (softmax (seq 0 n) z) = softmax (seq 0 n) z y + rsum (l1 ++ l2) (softmax (seq 0 n) z)).
  { rewrite E at 1. rewrite !rsum_app. simpl. ring. }
  rewrite H.
  pose proof (term_le_sum (l1 ++ l2) (softmax (seq 0 n) z) k (fun i Hi => Rlt_le _ _ (Hpos i Hi)) Hin2).
  pose proof (Hpos k Hin2). lra.
Qed.
