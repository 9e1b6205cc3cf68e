(** Policies of any kind. What S4 needs of a policy is scalar: the logarithmic derivatives [z] of the probabilities along
    the flow, whose mean square is at most Lambda N and whose maximum is at most B sqrt N, where N = E[A z] is the squared
    speed of the parameters. (The vectors come back in the instances.) *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Comparison.
Open Scope R_scope.

Section Joint.
Context {X Y : Type}.
Variables (P : list X) (w : X -> R) (l : list Y).
Hypothesis w_nonneg : forall x, In x P -> 0 <= w x.
Definition mean2 (p f : X -> Y -> R) : R := mean P w (fun x => mean l (p x) (f x)).

Lemma mean2_pairs p f : mean2 p f = rsum (list_prod P l) (fun xy => w (fst xy) * p (fst xy) (snd xy) * f (fst xy) (snd xy)).
Proof.
  unfold mean2, mean. induction P as [|a P' IH]; simpl; [reflexivity|].
  rewrite rsum_app, <- IH by (intros; apply w_nonneg; now right). f_equal.
  rewrite <- rsum_scal. clear IH. induction l as [|b l' IHl]; simpl; [reflexivity|]. rewrite IHl. ring.
Qed.

Lemma mean2_cauchy_schwarz p f g : (forall x y, In x P -> In y l -> 0 <= p x y) ->
  mean2 p (fun x y => f x y * g x y) ^ 2 <= mean2 p (fun x y => f x y ^ 2) * mean2 p (fun x y => g x y ^ 2).
Proof.
  intros Hp. rewrite !mean2_pairs.
  apply (cauchy_schwarz (list_prod P l) (fun xy => w (fst xy) * p (fst xy) (snd xy))
    (fun xy => f (fst xy) (snd xy)) (fun xy => g (fst xy) (snd xy))).
  intros [x y] H. apply in_prod_iff in H as [Hx Hy]. apply Rmult_le_pos; simpl; auto.
Qed.
End Joint.

Lemma mean_derive_log {Y} (l : list Y) (p f : R -> Y -> R) (z df : Y -> R) t :
  (forall y, In y l -> is_derive (fun s => p s y) t (p t y * z y)) ->
  (forall y, In y l -> is_derive (fun s => f s y) t (df y)) ->
  is_derive (fun s => mean l (p s) (f s)) t (mean l (p t) (fun y => z y * f t y) + mean l (p t) df).
Proof.
  intros Hp Hf. unfold mean at 1. eapply derive_eq.
  - apply (is_derive_rsum l (fun k s => p s k * f s k) (fun k => p t k * z k * f t k + p t k * df k)).
    intros k Hk. apply (derive_mult (fun s => p s k) (fun s => f s k)); auto.
  - rewrite rsum_plus. unfold mean. f_equal. apply rsum_ext. intros; ring.
Qed.

Section GeneralFlow.
Context {X Y : Type}.
Variables (P : list X) (w : X -> R) (x0 : X) (l : list Y) (r : X -> Y -> R) (lam Lambda B T : R).
Variables (p z : R -> X -> Y -> R).

Definition rkl2 t x y := r x y - lam * ln (p t x y / p 0 x y).
Definition adv2 t x y := rkl2 t x y - mean l (p t x) (rkl2 t x).
Definition Var t := mean2 P w l (p t) (fun x y => adv2 t x y ^ 2).
Definition speed2 t := mean2 P w l (p t) (fun x y => adv2 t x y * z t x y).

Hypothesis w_nonneg : forall x, In x P -> 0 <= w x.
Hypothesis w_sum : rsum P w = 1.
Hypothesis lam_nonneg : 0 <= lam.
Hypothesis Lambda_pos : 0 < Lambda.
Hypothesis B_pos : 0 < B.
Hypothesis T_nonneg : 0 <= T.
Hypothesis p_pos : forall t x y, 0 <= t <= T -> In y l -> 0 < p t x y.
Hypothesis p_sum : forall t x, rsum l (p t x) = 1.
Hypothesis p_cont : forall t x y, 0 <= t <= T -> In y l -> continuous (fun s => p s x y) t.
Hypothesis p_derive : forall t x y, 0 < t < T -> In y l -> is_derive (fun s => p s x y) t (p t x y * z t x y).
Hypothesis fisher_bound : forall t x, 0 < t < T -> mean l (p t x) (fun y => z t x y ^ 2) <= Lambda * speed2 t.
Hypothesis score_bound : forall t x y, 0 < t < T -> In y l -> z t x y <= B * sqrt (speed2 t).

Lemma p_nonneg2 t x y : 0 <= t <= T -> In y l -> 0 <= p t x y.
Proof. intros; now apply Rlt_le, p_pos. Qed.

Lemma rkl2_derive t x y : 0 < t < T -> In y l -> is_derive (fun s => rkl2 s x y) t (- lam * z t x y).
Proof.
  intros Ht Hy. unfold rkl2. pose proof (p_derive t x y Ht Hy) as Hd.
  assert (H0 : 0 < p 0 x y) by (apply p_pos; [lra|auto]). assert (H1 : 0 < p t x y) by (apply p_pos; [lra|auto]).
  set (c := p 0 x y) in *. clearbody c. set (f := fun s => p s x y) in *.
  change (is_derive f t (f t * z t x y)) in Hd. change (0 < f t) in H1.
  change (is_derive (fun s => r x y - lam * ln (f s / c)) t (- lam * z t x y)).
  clearbody f. auto_derive.
  - split; [eexists; apply Hd|]. split; [apply Rdiv_lt_0_compat; auto|exact I].
  - change (Derive (fun x : R => f x) t) with (Derive f t). rewrite (is_derive_unique _ _ _ Hd). field. lra.
Qed.

Lemma adv2_centered t x : mean l (p t x) (adv2 t x) = 0.
Proof. apply mean_centered, p_sum. Qed.

Lemma Var_derive t : 0 < t < T ->
  is_derive Var t (mean2 P w l (p t) (fun x y => adv2 t x y ^ 2 * z t x y) - 2 * lam * speed2 t).
Proof.
  intros Ht.
  assert (Hx : forall x, In x P -> is_derive (fun s => mean l (p s x) (fun y => adv2 s x y ^ 2)) t
    (mean l (p t x) (fun y => adv2 t x y ^ 2 * z t x y) - 2 * lam * mean l (p t x) (fun y => adv2 t x y * z t x y))).
  { intros x Hx.
    pose proof (mean_derive_log l (fun s => p s x) (fun s => rkl2 s x) (z t x) (fun y => - lam * z t x y) t
                  (fun y Hy => p_derive t x y Ht Hy) (fun y Hy => rkl2_derive t x y Ht Hy)) as HR.
    cbv beta in HR.
    set (D := mean l (p t x) (fun y => z t x y * rkl2 t x y) + mean l (p t x) (fun y => - lam * z t x y)) in HR.
    assert (HA2 : forall y, In y l -> is_derive (fun s => adv2 s x y ^ 2) t (2 * adv2 t x y * (- lam * z t x y - D))).
    { intros y Hy. pose proof (is_derive_minus _ _ t _ _ (rkl2_derive t x y Ht Hy) HR) as HA.
      pose proof (is_derive_pow _ 2 t _ HA) as H2. refine (derive_eq _ _ _ _ H2 _).
      unfold minus, plus, opp; simpl. unfold adv2. ring. }
    refine (derive_eq _ _ _ _ (mean_derive_log l (fun s => p s x) (fun s y => adv2 s x y ^ 2) (z t x) _ t
              (fun y Hy => p_derive t x y Ht Hy) HA2) _).
    cbv beta. unfold mean.
    rewrite (rsum_lin2 l (fun y => p t x y * (2 * adv2 t x y * (- lam * z t x y - D)))
      (- 2 * lam) (fun y => p t x y * (adv2 t x y * z t x y)) (- 2 * D) (fun y => p t x y * adv2 t x y)) by (intros; ring).
    change (rsum l (fun y => p t x y * adv2 t x y)) with (mean l (p t x) (adv2 t x)). rewrite adv2_centered.
    rewrite (rsum_ext l (fun i => p t x i * (z t x i * adv2 t x i ^ 2)) (fun i => p t x i * (adv2 t x i ^ 2 * z t x i)))
      by (intros; ring). ring. }
  unfold Var, speed2, mean2, mean at 1.
  eapply derive_eq.
  - apply (is_derive_rsum P (fun x s => w x * mean l (p s x) (fun y => adv2 s x y ^ 2))). intros x Hxx.
    apply (is_derive_scal (fun s => mean l (p s x) (fun y => adv2 s x y ^ 2)) t (w x)). apply (Hx x Hxx).
  - unfold mean2. rewrite (rsum_lin2 P _ 1 (fun x => w x * mean l (p t x) (fun y => adv2 t x y ^ 2 * z t x y))
      (- 2 * lam) (fun x => w x * mean l (p t x) (fun y => adv2 t x y * z t x y)))
      by (intros; unfold scal; simpl; unfold mult; simpl; ring).
    unfold mean at 3 5. ring.
Qed.

Lemma value_derive2 g t : 0 < t < T -> is_derive (fun s => mean l (p s x0) g) t
  (mean l (p t x0) (fun y => (g y - mean l (p t x0) g) * z t x0 y)).
Proof.
  intros Ht.
  pose proof (fun h => mean_derive_log l (fun s => p s x0) (fun _ => h) (z t x0) (fun _ => 0) t
    (fun y Hy => p_derive t x0 y Ht Hy) (fun k _ => is_derive_const (h k) t)) as H. cbv beta in H.
  assert (Hz : mean l (p t x0) (z t x0) = 0).
  { pose proof (H (fun _ => 1)) as H1. apply is_derive_unique in H1.
    rewrite (Derive_ext _ (fun _ => 1)) in H1 by (intros; apply mean_const, p_sum).
    rewrite Derive_const, (mean_const l (p t x0) (p_sum t x0) 0), Rplus_0_r in H1. rewrite H1.
    apply rsum_ext; intros; ring. }
  refine (derive_eq _ _ _ _ (H g) _).
  rewrite (mean_const l (p t x0) (p_sum t x0) 0), Rplus_0_r. set (gb := mean l (p t x0) g).
  unfold mean. rewrite (rsum_lin2 l (fun y => p t x0 y * ((g y - gb) * z t x0 y)) 1 (fun y => p t x0 y * (z t x0 y * g y))
    (- gb) (fun y => p t x0 y * z t x0 y)) by (intros; ring).
  change (rsum l (fun y => p t x0 y * z t x0 y)) with (mean l (p t x0) (z t x0)). rewrite Hz. ring.
Qed.

Lemma mean2_nonneg t f : 0 <= t <= T -> (forall x y, In x P -> In y l -> 0 <= f x y) -> 0 <= mean2 P w l (p t) f.
Proof. intros Ht H. apply mean_nonneg; auto. intros x Hx. apply mean_nonneg; auto. intros; now apply p_nonneg2. Qed.

Lemma Var_nonneg t : 0 <= t <= T -> 0 <= Var t.
Proof. intros Ht. apply mean2_nonneg; auto. intros; apply pow2_ge_0. Qed.

Lemma speed2_nonneg t : 0 < t < T -> 0 <= speed2 t.
Proof.
  intros Ht. pose proof (fisher_bound t x0 Ht).
  assert (0 <= mean l (p t x0) (fun y => z t x0 y ^ 2)).
  { apply mean_nonneg; [intros; apply p_nonneg2; auto; lra|intros; apply pow2_ge_0]. }
  apply Rmult_le_reg_l with Lambda; lra.
Qed.

(** S2 along the flow. *)
Lemma speed2_le t : 0 < t < T -> speed2 t <= Lambda * Var t.
Proof.
  intros Ht. assert (Ht' : 0 <= t <= T) by lra.
  pose proof (mean2_cauchy_schwarz P w l w_nonneg (p t) (adv2 t) (z t) (fun x y _ Hy => p_nonneg2 t x y Ht' Hy)) as H.
  fold (speed2 t) in H. fold (Var t) in H.
  assert (HF : mean2 P w l (p t) (fun x y => z t x y ^ 2) <= Lambda * speed2 t).
  { unfold mean2. rewrite <- (mean_const P w w_sum (Lambda * speed2 t)). apply mean_le; auto. }
  pose proof (Var_nonneg t Ht'). destruct (speed2_nonneg t Ht) as [HN|HN].
  - apply Rmult_le_reg_r with (speed2 t); [auto|]. nra.
  - rewrite <- HN. nra.
Qed.

Lemma speed_le t : 0 < t < T -> sqrt (speed2 t) <= sqrt Lambda * sqrt (Var t).
Proof. intros Ht. rewrite <- sqrt_mult_alt by lra. apply sqrt_le_1_alt. now apply speed2_le. Qed.

Lemma Var_rate t : 0 < t < T ->
  mean2 P w l (p t) (fun x y => adv2 t x y ^ 2 * z t x y) - 2 * lam * speed2 t
    <= 2 * (B * sqrt Lambda / 2) * (Var t * sqrt (Var t)).
Proof.
  intros Ht. assert (Ht' : 0 <= t <= T) by lra.
  assert (H1 : mean2 P w l (p t) (fun x y => adv2 t x y ^ 2 * z t x y) <= B * sqrt (speed2 t) * Var t).
  { unfold Var, mean2, mean at 1 3. rewrite <- rsum_scal. apply rsum_le. intros x Hx.
    rewrite (Rmult_comm (w x) (mean l (p t x) (fun y => adv2 t x y ^ 2))), <- Rmult_assoc, (Rmult_comm _ (w x)).
    apply Rmult_le_compat_l; auto. unfold mean. rewrite <- rsum_scal. apply rsum_le. intros y Hy.
    pose proof (score_bound t x y Ht Hy). pose proof (p_nonneg2 t x y Ht' Hy). pose proof (pow2_ge_0 (adv2 t x y)).
    assert (0 <= p t x y * adv2 t x y ^ 2) by (apply Rmult_le_pos; auto). nra. }
  pose proof (speed2_nonneg t Ht). pose proof (Var_nonneg t Ht') as HV. pose proof (speed_le t Ht) as Hs.
  assert (H2 : B * sqrt (speed2 t) * Var t <= B * (sqrt Lambda * sqrt (Var t)) * Var t).
  { apply Rmult_le_compat_r; auto. apply Rmult_le_compat_l; lra. }
  assert (0 <= lam * speed2 t) by (apply Rmult_le_pos; auto). nra.
Qed.

Lemma value_rate2 g t : 0 < t < T -> (forall y, In y l -> -1 <= g y <= 1) ->
  mean l (p t x0) (fun y => (g y - mean l (p t x0) g) * z t x0 y) <= Lambda * sqrt (Var t).
Proof.
  intros Ht Hg. assert (Ht' : 0 <= t <= T) by lra.
  pose proof (mean_cauchy_schwarz l (p t x0) (fun y => g y - mean l (p t x0) g) (z t x0)
                (fun y Hy => p_nonneg2 t x0 y Ht' Hy)) as H.
  cbv beta in H. fold (var l (p t x0) g) in H.
  pose proof (popoviciu l (p t x0) (fun y Hy => p_nonneg2 t x0 y Ht' Hy) (p_sum t x0) g (-1) 1 Hg) as Hvar.
  pose proof (fisher_bound t x0 Ht) as HF. pose proof (speed2_le t Ht) as HN. pose proof (Var_nonneg t Ht') as HV.
  assert (Hvar0 : 0 <= var l (p t x0) g) by (apply var_nonneg; intros; now apply p_nonneg2).
  replace (Lambda * sqrt (Var t)) with (sqrt (Lambda ^ 2 * Var t)).
  2:{ rewrite sqrt_mult_alt by apply pow2_ge_0. rewrite sqrt_pow2; lra. }
  apply le_sqrt_of_sqr; [apply Rmult_le_pos; auto; apply pow2_ge_0|].
  assert (HZ : mean l (p t x0) (fun y => z t x0 y ^ 2) <= Lambda * (Lambda * Var t)).
  { eapply Rle_trans; [apply HF|]. apply Rmult_le_compat_l; lra. }
  assert (0 <= mean l (p t x0) (fun y => z t x0 y ^ 2)).
  { apply mean_nonneg; [intros; now apply p_nonneg2|intros; apply pow2_ge_0]. }
  eapply Rle_trans; [apply H|]. nra.
Qed.

Lemma rkl2_continuous t x y : 0 <= t <= T -> In y l -> continuous (fun s => rkl2 s x y) t.
Proof.
  intros Ht Hy. unfold rkl2.
  apply (cont_after (fun v => r x y - lam * ln (v / p 0 x y)) (fun s => p s x y)); [now apply p_cont|].
  assert (0 < p 0 x y) by (apply p_pos; [lra|auto]). pose proof (p_pos t x y Ht Hy).
  auto_derive. apply Rdiv_lt_0_compat; auto.
Qed.

Lemma mean_cont t x f : 0 <= t <= T -> (forall y, In y l -> continuous (fun s => f s y) t) ->
  continuous (fun s => mean l (p s x) (f s)) t.
Proof.
  intros Ht Hf. apply (continuous_rsum l (fun y s => p s x y * f s y)). intros y Hy.
  apply (cont_mult (fun s => p s x y) (fun s => f s y)); auto.
Qed.

Lemma Var_continuous t : 0 <= t <= T -> continuous Var t.
Proof.
  intros Ht. apply (continuous_rsum P (fun x s => w x * mean l (p s x) (fun y => adv2 s x y ^ 2))). intros x Hx.
  apply (cont_mult (fun _ => w x) (fun s => mean l (p s x) (fun y => adv2 s x y ^ 2))); [apply continuous_const|].
  apply (mean_cont t x (fun s y => adv2 s x y ^ 2)); auto. intros y Hy.
  apply (cont_after (fun v => v ^ 2) (fun s => adv2 s x y)); [|auto_derive; exact I].
  apply (cont_minus (fun s => rkl2 s x y) (fun s => mean l (p s x) (rkl2 s x))); [now apply rkl2_continuous|].
  apply (mean_cont t x (fun s => rkl2 s x)); auto. intros; now apply rkl2_continuous.
Qed.

Lemma Var_0 : Var 0 = mean P w (fun x => var l (p 0 x) (r x)).
Proof.
  apply rsum_ext; intros x Hx. f_equal.
  assert (E : forall y, In y l -> rkl2 0 x y = r x y).
  { intros y Hy. unfold rkl2. assert (0 < p 0 x y) by (apply p_pos; [lra|auto]).
    replace (p 0 x y / p 0 x y) with 1 by (field; lra). rewrite ln_1. ring. }
  assert (Em : mean l (p 0 x) (rkl2 0 x) = mean l (p 0 x) (r x)) by (apply rsum_ext; intros; now rewrite E).
  apply rsum_ext; intros y Hy. unfold adv2. now rewrite Em, E.
Qed.

(** S4 / S6, abstractly. With Lambda = L J^2 / 2 and B = sqrt 2 L J: 1 - exp(- sqrt L gamma) <= L^(3/2) J^2 sqrt(Var0) T / 2. *)
Theorem s4_abstract g gamma : (forall y, In y l -> -1 <= g y <= 1) ->
  mean l (p 0 x0) g + gamma <= mean l (p T x0) g ->
  1 - exp (- (B * sqrt Lambda / 2 / Lambda) * gamma)
    <= B * sqrt Lambda / 2 * sqrt (mean P w (fun x => var l (p 0 x) (r x))) * T.
Proof.
  intros Hg Hgain. rewrite <- Var_0.
  pose proof (sqrt_lt_R0 _ Lambda_pos).
  eapply (comparison (B * sqrt Lambda / 2) Lambda T Var _ (fun t => mean l (p t x0) g)); auto.
  - apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; auto|lra].
  - intros; now apply Var_nonneg.
  - intros; now apply Var_continuous.
  - intros t Ht. apply (mean_cont t x0 (fun _ => g)); auto. intros; apply continuous_const.
  - intros t Ht. now apply Var_derive.
  - intros t Ht. now apply value_derive2.
  - intros t Ht. now apply Var_rate.
  - intros t Ht. now apply value_rate2.
Qed.
End GeneralFlow.

