(** A probability vector [p] on a finite list of outputs; inequalities between moments. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum.
Open Scope R_scope.

Section Moments.
Context {X : Type}.
Variables (l : list X) (p : X -> R).
Hypothesis p_nonneg : forall i, In i l -> 0 <= p i.
Hypothesis p_sum : rsum l p = 1.

Definition mean (f : X -> R) : R := rsum l (fun i => p i * f i).
Definition var (f : X -> R) : R := mean (fun i => (f i - mean f) ^ 2).
(** Definition 2 in its product form. *)
Lemma var_moments f : var f = mean (fun i => f i ^ 2) - mean f ^ 2.
Proof.
  unfold var, mean at 1. set (m := mean f).
  rewrite (rsum_lin3 l _ 1 (fun i => p i * f i ^ 2) (- 2 * m) (fun i => p i * f i) (m ^ 2) p) by (intros; ring).
  rewrite p_sum. fold (mean f). fold m. unfold mean. ring.
Qed.

(** Definition 2: half the mean squared difference of two independent outputs. *)
Lemma var_pairs f : var f = / 2 * mean (fun i => mean (fun j => (f i - f j) ^ 2)).
Proof.
  rewrite var_moments. unfold mean at 3.
  rewrite (rsum_lin3 l _ 1 (fun i => p i * f i ^ 2) (- 2 * mean f) (fun i => p i * f i) (mean (fun i => f i ^ 2)) p).
  - rewrite p_sum. fold (mean f). fold (mean (fun i => f i ^ 2)). field.
  - intros i _. unfold mean at 1.
    rewrite (rsum_lin3 l _ (f i ^ 2) p (- 2 * f i) (fun j => p j * f j) 1 (fun j => p j * f j ^ 2)) by (intros; ring).
    rewrite p_sum. fold (mean f). fold (mean (fun i => f i ^ 2)). ring.
Qed.

Lemma mean_nonneg f : (forall i, In i l -> 0 <= f i) -> 0 <= mean f.
Proof. intros H; apply rsum_nonneg; intros; apply Rmult_le_pos; auto. Qed.

Lemma mean_le f g : (forall i, In i l -> f i <= g i) -> mean f <= mean g.
Proof. intros H; apply rsum_le; intros; apply Rmult_le_compat_l; auto. Qed.

Lemma mean_const c : mean (fun _ => c) = c.
Proof. unfold mean. rewrite (rsum_lin1 l _ c p) by (intros; ring). rewrite p_sum; ring. Qed.

Lemma mean_centered f : mean (fun i => f i - mean f) = 0.
Proof.
  unfold mean at 1.
  rewrite (rsum_lin2 l _ 1 (fun i => p i * f i) (- mean f) p) by (intros; ring).
  rewrite p_sum; fold (mean f); ring.
Qed.

(** E|f| <= sqrt E f^2. *)
Lemma mean_abs_le f : mean (fun i => Rabs (f i)) <= sqrt (mean (fun i => f i ^ 2)).
Proof.
  apply Rsqr_incr_0_var; [|apply sqrt_pos].
  rewrite Rsqr_sqrt by (apply mean_nonneg; intros; apply pow2_ge_0).
  pose proof (cauchy_schwarz l p (fun i => Rabs (f i)) (fun _ => 1) p_nonneg) as H. cbv beta in H.
  rewrite (rsum_ext l (fun i => p i * (Rabs (f i) * 1)) (fun i => p i * Rabs (f i))) in H by (intros; ring).
  rewrite (rsum_ext l (fun i => p i * 1 ^ 2) p) in H by (intros; ring).
  rewrite (rsum_ext l (fun i => p i * Rabs (f i) ^ 2) (fun i => p i * f i ^ 2)) in H
    by (intros; rewrite pow2_abs; ring).
  rewrite p_sum in H. fold (mean (fun i => Rabs (f i))) in H. fold (mean (fun i => f i ^ 2)) in H.
  unfold Rsqr. nra.
Qed.

Lemma var_nonneg f : 0 <= var f.
Proof. apply mean_nonneg; intros; apply pow2_ge_0. Qed.

(** Popoviciu. *)
Lemma popoviciu f a b : (forall i, In i l -> a <= f i <= b) -> var f <= (b - a) ^ 2 / 4.
Proof.
  intros H. rewrite var_moments.
  assert (mean (fun i => f i ^ 2) <= (a + b) * mean f - a * b).
  { unfold mean. rewrite <- (Rmult_1_r (a * b)), <- p_sum.
    replace ((a + b) * rsum l (fun i => p i * f i) - a * b * rsum l p)
      with (rsum l (fun i => p i * ((a + b) * f i - a * b))).
    - apply mean_le. intros i Hi. specialize (H i Hi). nra.
    - rewrite (rsum_lin2 l _ (a + b) (fun i => p i * f i) (- (a * b)) p) by (intros; ring). ring. }
  pose proof (pow2_ge_0 (mean f - (a + b) / 2)). nra.
Qed.

(** E|g - E g| <= 1 for -1 <= g <= 1. *)
Lemma mean_abs_dev_le_1 g : (forall i, In i l -> -1 <= g i <= 1) -> mean (fun i => Rabs (g i - mean g)) <= 1.
Proof.
  intros H. eapply Rle_trans; [apply mean_abs_le|].
  rewrite <- sqrt_1. apply sqrt_le_1_alt. fold (var g).
  eapply Rle_trans; [apply (popoviciu g (-1) 1 H)|]; lra.
Qed.

Section Centered.
Variable A : X -> R.
Hypothesis A_centered : mean A = 0.
Let s2 := mean (fun i => A i ^ 2).
Let s := sqrt s2.
Let m := mean (fun i => Rabs (A i)).

Lemma s2_nonneg : 0 <= s2.
Proof. apply mean_nonneg; intros; apply pow2_ge_0. Qed.
Lemma m_nonneg : 0 <= m.
Proof. apply mean_nonneg; intros; apply Rabs_pos. Qed.
Lemma m_le_s : m <= s.
Proof. apply mean_abs_le. Qed.
Lemma s_sqr : s ^ 2 = s2.
Proof. unfold s. apply pow2_sqrt, s2_nonneg. Qed.

(** Observation (a). *)
Lemma flow_le_half i : In i l -> Rabs (p i * A i) <= m / 2.
Proof.
  intros Hi. pose proof (half_of_abs l (fun i => p i * A i) i Hi A_centered) as H.
  cbv beta in H. unfold m, mean.
  rewrite (rsum_ext l (fun i => p i * Rabs (A i)) (fun i => Rabs (p i * A i))); [lra|].
  intros j Hj. rewrite Rabs_mult, (Rabs_pos_eq (p j)); auto.
Qed.

(** Observation (b). *)
Lemma mean_abs_sqr_dev : mean (fun i => Rabs (A i ^ 2 - s2)) <= 2 * s * sqrt (s2 - m ^ 2).
Proof.
  assert (Hs : 0 <= s) by apply sqrt_pos.
  assert (Hm : m <= s) by apply m_le_s.
  assert (Hm0 : 0 <= m) by apply m_nonneg.
  assert (Hd : 0 <= s2 - m ^ 2) by (rewrite <- s_sqr; nra).
  apply Rsqr_incr_0_var; [|apply Rmult_le_pos; [lra|apply sqrt_pos]].
  assert (E : mean (fun i => Rabs (A i ^ 2 - s2))
            = rsum l (fun i => p i * (Rabs (Rabs (A i) - s) * (Rabs (A i) + s)))).
  { apply rsum_ext. intros i Hi. f_equal.
    rewrite <- (Rabs_pos_eq (Rabs (A i) + s)) at 1 by (pose proof (Rabs_pos (A i)); lra).
    rewrite <- Rabs_mult. f_equal. rewrite <- s_sqr, <- (pow2_abs (A i)). ring. }
  pose proof (cauchy_schwarz l p (fun i => Rabs (Rabs (A i) - s)) (fun i => Rabs (A i) + s) p_nonneg) as H.
  cbv beta in H. rewrite <- E in H.
  rewrite (rsum_lin3 l (fun i => p i * Rabs (Rabs (A i) - s) ^ 2)
            1 (fun i => p i * A i ^ 2) (- 2 * s) (fun i => p i * Rabs (A i)) (s ^ 2) p) in H.
  2:{ intros i _.
      rewrite pow2_abs, <- (pow2_abs (A i)). ring. }
  rewrite (rsum_lin3 l (fun i => p i * (Rabs (A i) + s) ^ 2)
            1 (fun i => p i * A i ^ 2) (2 * s) (fun i => p i * Rabs (A i)) (s ^ 2) p) in H.
  2:{ intros i _. rewrite <- (pow2_abs (A i)). ring. }
  fold (mean (fun i => A i ^ 2)) in H. fold s2 in H.
  fold (mean (fun i => Rabs (A i))) in H. fold m in H. rewrite p_sum, s_sqr in H.
  replace (Rsqr (2 * s * sqrt (s2 - m ^ 2))) with (4 * s2 * (s2 - m ^ 2)).
  - unfold Rsqr. eapply Rle_trans; [|eapply Rle_trans; [apply H|]].
    + right; ring.
    + right. rewrite <- s_sqr. ring.
  - rewrite !Rsqr_mult, Rsqr_sqrt by auto. unfold Rsqr. rewrite <- s_sqr. ring.
Qed.

(** Step 1 of S3: the right-hand side of the variance equation is at most sigma^3 / 2. *)
Lemma var_rate_le lam : 0 <= lam ->
  rsum l (fun i => p i ^ 2 * A i ^ 3) - s2 * rsum l (fun i => p i ^ 2 * A i)
    - 2 * lam * rsum l (fun i => p i ^ 2 * A i ^ 2) <= s2 * s / 2.
Proof.
  intros Hlam.
  assert (Hs : 0 <= s) by apply sqrt_pos.
  assert (Hm : m <= s) by apply m_le_s.
  assert (Hm0 : 0 <= m) by apply m_nonneg.
  assert (Hd : 0 <= s2 - m ^ 2) by (rewrite <- s_sqr; nra).
  assert (H3 : 0 <= rsum l (fun i => p i ^ 2 * A i ^ 2)).
  { apply rsum_nonneg; intros; apply Rmult_le_pos; apply pow2_ge_0. }
  assert (H1 : rsum l (fun i => p i ^ 2 * A i ^ 3) - s2 * rsum l (fun i => p i ^ 2 * A i)
               <= m / 2 * mean (fun i => Rabs (A i ^ 2 - s2))).
  { unfold mean. rewrite <- !rsum_scal, <- rsum_minus. apply rsum_le. intros i Hi.
    pose proof (flow_le_half i Hi) as Ha.
    pose proof (Rle_abs (p i * A i * (A i ^ 2 - s2))) as Hb. rewrite Rabs_mult in Hb.
    pose proof (Rabs_pos (A i ^ 2 - s2)) as Hc. pose proof (p_nonneg i Hi) as Hpi.
    apply Rle_trans with (p i * (Rabs (p i * A i) * Rabs (A i ^ 2 - s2))); [|].
    - replace (p i ^ 2 * A i ^ 3 - s2 * (p i ^ 2 * A i)) with (p i * (p i * A i * (A i ^ 2 - s2))) by ring.
      apply Rmult_le_compat_l; auto.
    - replace (m / 2 * (p i * Rabs (A i ^ 2 - s2))) with (p i * (m / 2 * Rabs (A i ^ 2 - s2))) by ring.
      apply Rmult_le_compat_l; auto. apply Rmult_le_compat_r; auto. }
  pose proof mean_abs_sqr_dev as H2.
  assert (H4 : m * sqrt (s2 - m ^ 2) <= s2 / 2).
  { pose proof (pow2_ge_0 (m - sqrt (s2 - m ^ 2))) as Hq.
    pose proof (pow2_sqrt _ Hd). nra. }
  assert (H5 : m / 2 * mean (fun i => Rabs (A i ^ 2 - s2)) <= m / 2 * (2 * s * sqrt (s2 - m ^ 2))).
  { apply Rmult_le_compat_l; auto. lra. }
  assert (0 <= lam * rsum l (fun i => p i ^ 2 * A i ^ 2)) by (apply Rmult_le_pos; auto).
  nra.
Qed.

(** Step 2 of S3: the velocity of a watched expectation. *)
Lemma value_rate_le g : (forall i, In i l -> -1 <= g i <= 1) ->
  Rabs (rsum l (fun i => p i * (p i * A i) * (g i - mean g))) <= s / 2.
Proof.
  intros Hg. eapply Rle_trans; [apply rsum_abs|].
  apply Rle_trans with (m / 2 * mean (fun i => Rabs (g i - mean g))).
  - set (mg := mean g). unfold mean. rewrite <- rsum_scal. apply rsum_le. intros i Hi.
    pose proof (flow_le_half i Hi) as Ha. pose proof (p_nonneg i Hi) as Hpi.
    rewrite (Rabs_mult _ (g i - mg)), (Rabs_mult (p i) (p i * A i)), (Rabs_pos_eq (p i)) by auto.
    replace (m / 2 * (p i * Rabs (g i - mg))) with (p i * (m / 2) * Rabs (g i - mg)) by ring.
    apply Rmult_le_compat_r; [apply Rabs_pos|]. apply Rmult_le_compat_l; auto.
  - pose proof (mean_abs_dev_le_1 g Hg). pose proof m_le_s. pose proof m_nonneg.
    assert (0 <= mean (fun i => Rabs (g i - mean g))) by (apply mean_nonneg; intros; apply Rabs_pos). nra.
Qed.
End Centered.
End Moments.

(** Cauchy-Schwarz for a mean, with square roots. *)
Lemma mean_cauchy_schwarz {X} (l : list X) p f g : (forall i, In i l -> 0 <= p i) ->
  mean l p (fun i => f i * g i) ^ 2 <= mean l p (fun i => f i ^ 2) * mean l p (fun i => g i ^ 2).
Proof. apply cauchy_schwarz. Qed.

Lemma le_sqrt_of_sqr x y : 0 <= y -> x ^ 2 <= y -> x <= sqrt y.
Proof.
  intros Hy H. destruct (Rle_or_lt x 0) as [Hx|Hx]; [pose proof (sqrt_pos y); lra|].
  rewrite <- (sqrt_pow2 x) by lra. now apply sqrt_le_1_alt.
Qed.

(** Cauchy-Schwarz for a mean of means. *)
Lemma mean2_cauchy_schwarz {X Y} (P : list X) (w : X -> R) (l : list Y) (p f g : X -> Y -> R) :
  (forall x, In x P -> 0 <= w x) -> (forall x y, In x P -> In y l -> 0 <= p x y) ->
  rsum P (fun x => w x * mean l (p x) (fun y => f x y * g x y)) ^ 2
    <= rsum P (fun x => w x * mean l (p x) (fun y => f x y ^ 2)) * rsum P (fun x => w x * mean l (p x) (fun y => g x y ^ 2)).
Proof.
  intros Hw Hp.
  assert (E : forall h : X -> Y -> R, rsum P (fun x => w x * mean l (p x) (h x))
    = rsum (list_prod P l) (fun xy => w (fst xy) * p (fst xy) (snd xy) * h (fst xy) (snd xy))).
  { intros h. clear Hw Hp. induction P as [|a P' IH]; [reflexivity|]. cbn [rsum list_prod]. rewrite rsum_app, <- IH. f_equal.
    unfold mean. rewrite <- rsum_scal. clear IH. induction l as [|b l' IHl]; [reflexivity|]. cbn [rsum map]. rewrite IHl. simpl. ring. }
  rewrite !E. apply (cauchy_schwarz (list_prod P l) (fun xy => w (fst xy) * p (fst xy) (snd xy))
    (fun xy => f (fst xy) (snd xy)) (fun xy => g (fst xy) (snd xy))).
  intros [x y] H. apply in_prod_iff in H as [Hx Hy]. apply Rmult_le_pos; simpl; auto.
Qed.
