(** Without KL the tabular flow is integrable: S5 [s5]. Along a clock a, the numbers u_i = exp(-theta_i) move along
    straight lines and one common function: u_i = u_i(0) - r_i a + b, and sum ln u_i is constant [constant-sum]. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Logarithms Softmax Flow.
Open Scope R_scope.

Lemma constant (f : R -> R) (T : R) : 0 <= T -> (forall t, 0 <= t <= T -> continuous f t) ->
  (forall t, 0 < t < T -> is_derive f t 0) -> f T = f 0.
Proof.
  intros HT Hc Hd. apply Rle_antisym.
  - apply (nonincreasing f (fun _ => 0)); auto. intros; lra.
  - apply (nondecreasing f (fun _ => 0)); auto. intros; lra.
Qed.

(** The common function b is determined by the sum of logarithms: that increases in b. *)
Lemma root_unique {X} (l : list X) (c : X -> R) (b b' : R) : l <> nil ->
  (forall i, In i l -> 0 < c i + b) -> (forall i, In i l -> 0 < c i + b') ->
  rsum l (fun i => ln (c i + b)) = rsum l (fun i => ln (c i + b')) -> b = b'.
Proof.
  intros Hl.
  assert (H : forall b b', b < b' -> (forall i, In i l -> 0 < c i + b) ->
    rsum l (fun i => ln (c i + b)) < rsum l (fun i => ln (c i + b'))).
  { intros x x' Hx Hp. enough (0 < rsum l (fun i => ln (c i + x') - ln (c i + x))) as Hs by (rewrite rsum_minus in Hs; lra).
    apply rsum_pos; auto. intros i Hi. specialize (Hp i Hi).
    assert (ln (c i + x) < ln (c i + x')) by (apply ln_increasing; lra). lra. }
  intros Hb Hb' E. destruct (Rtotal_order b b') as [Hlt|[->|Hgt]]; [|reflexivity|].
  - specialize (H b b' Hlt Hb). lra.
  - specialize (H b' b Hgt Hb'). lra.
Qed.

Section TwoSided.
Context {X : Type}.
Variables (l : list X) (r : X -> R) (lam S : R) (theta : X -> R -> R).
Hypothesis l_nonempty : l <> nil.
Hypothesis S_pos : 0 < S.
Hypothesis flow : two_sided_flow l r lam S theta.
Notation p := (policy l theta).

Lemma sum_two_sided t : 0 <= t -> rsum l (fun i => theta i t) = rsum l (fun i => theta i 0).
Proof.
  intros Ht. apply (constant (fun s => rsum l (fun i => theta i s)) t Ht).
  - intros s Hs. apply (continuous_rsum l theta). intros i Hi. apply (two_sided_continuous l r lam S theta flow); auto. lra.
  - intros s Hs. refine (derive_eq _ _ _ _ (is_derive_rsum l theta (fun i => p s i * adv l r lam theta s i / S) s _) _).
    + intros i Hi. apply flow; auto. lra.
    + rewrite (rsum_lin1 l _ (/ S) (fun i => p s i * adv l r lam theta s i)) by (intros; field; lra).
      pose proof (adv_centered l r lam theta l_nonempty s) as H. unfold mean in H. rewrite H. ring.
Qed.

Section NoKL.
Hypothesis no_kl : lam = 0.
Let Z t := rsum l (fun i => exp (theta i t)).
Let value t := mean l (p t) r.
(** The clock and the common function. *)
Definition clock (t : R) : R := RInt (fun s => / (S * Z s)) 0 t.
Definition shift (t : R) : R := RInt (fun s => value s / (S * Z s)) 0 t.
Hypothesis theta_cont : forall t i, In i l -> continuous (theta i) t.

Lemma Z_pos t : 0 < Z t.
Proof. apply rsum_pos; auto. intros; apply exp_pos. Qed.

Lemma Z_cont t : continuous Z t.
Proof.
  apply (continuous_rsum l (fun i s => exp (theta i s))). intros i Hi. apply (cont_after exp (theta i)); auto.
  eexists; apply is_derive_exp.
Qed.

Lemma rate_cont t : continuous (fun s => / (S * Z s)) t.
Proof.
  apply (cont_after (fun y => / (S * y)) Z); [apply Z_cont|]. pose proof (Z_pos t). auto_derive.
  apply Rgt_not_eq. apply Rmult_lt_0_compat; auto.
Qed.

Lemma shift_rate_cont t : continuous (fun s => value s / (S * Z s)) t.
Proof.
  apply (cont_mult value (fun s => / (S * Z s))); [|apply rate_cont].
  apply (mean_continuous l theta t (fun _ => r)); auto. intros; apply continuous_const.
Qed.

Lemma integral_derive (f : R -> R) (t : R) : (forall s, continuous f s) -> is_derive (fun s => RInt f 0 s) t (f t).
Proof.
  intros Hf. apply (is_derive_RInt f (fun s => RInt f 0 s) 0 t); [|apply Hf].
  apply filter_forall. intros s. apply (RInt_correct f 0 s), (ex_RInt_continuous f 0 s). intros; apply Hf.
Qed.

Lemma clock_derive t : is_derive clock t (/ (S * Z t)).
Proof. apply (integral_derive (fun s => / (S * Z s))), rate_cont. Qed.
Lemma shift_derive t : is_derive shift t (value t / (S * Z t)).
Proof. apply (integral_derive (fun s => value s / (S * Z s))), shift_rate_cont. Qed.
Lemma clock_0 : clock 0 = 0.
Proof. apply (RInt_point 0 (fun s => / (S * Z s))). Qed.
Lemma shift_0 : shift 0 = 0.
Proof. apply (RInt_point 0 (fun s => value s / (S * Z s))). Qed.

Lemma inverse_derive t i : 0 < t -> In i l -> is_derive (fun s => exp (- theta i s)) t (- (r i - value t) / (S * Z t)).
Proof.
  intros Ht Hi. pose proof (proj1 (flow i Hi) t Ht) as Hd. pose proof (Z_pos t) as HZ.
  assert (HA : adv l r lam theta t i = r i - value t).
  { unfold adv, rkl, value. subst lam. rewrite Rmult_0_l, Rminus_0_r. f_equal. apply rsum_ext. intros k _. ring. }
  rewrite HA in Hd. set (f := theta i) in *.
  assert (E : p t i = exp (f t) / Z t) by reflexivity. rewrite E in Hd.
  set (z := Z t) in *. set (a := r i - value t) in *. clearbody f z a.
  auto_derive; [exists ((exp (f t) / z * a) / S); exact Hd|].
  change (Derive (fun x : R => f x) t) with (Derive f t). rewrite (is_derive_unique _ _ _ Hd).
  rewrite exp_Ropp. field. pose proof (exp_pos (f t)). lra.
Qed.

Lemma s5_two_sided t i : 0 <= t -> In i l -> exp (- theta i t) = exp (- theta i 0) - r i * clock t + shift t.
Proof.
  intros Ht Hi.
  assert (H : exp (- theta i t) + r i * clock t - shift t = exp (- theta i 0) + r i * clock 0 - shift 0).
  { apply (constant (fun s => exp (- theta i s) + r i * clock s - shift s) t Ht).
    - intros s _. apply (cont_minus (fun s => exp (- theta i s) + r i * clock s) shift).
      + apply (continuous_plus (fun s => exp (- theta i s)) (fun s => r i * clock s)).
        * apply (cont_after (fun y => exp (- y)) (theta i)); auto. auto_derive. exact I.
        * apply (cont_mult (fun _ => r i) clock); [apply continuous_const|].
          apply (ex_derive_continuous clock). eexists. apply clock_derive.
      + apply (ex_derive_continuous shift). eexists. apply shift_derive.
    - intros s Hs.
      pose proof (is_derive_plus _ _ s _ _ (inverse_derive s i ltac:(lra) Hi) (is_derive_scal clock s (r i) _ (clock_derive s))) as H1.
      pose proof (is_derive_minus _ _ s _ _ H1 (shift_derive s)) as H2. refine (derive_eq _ _ _ _ H2 _).
      unfold minus, plus, opp, scal; simpl. unfold mult; simpl. pose proof (Z_pos s). field. lra. }
  rewrite clock_0, shift_0 in H. lra.
Qed.
End NoKL.
End TwoSided.

Theorem constant_sum {X} (l : list X) r lam S theta t : l <> nil -> 0 < S -> gradient_flow l r lam S theta -> 0 <= t ->
  rsum l (fun i => theta i t) = rsum l (fun i => theta i 0).
Proof.
  intros Hl HS Hflow Ht.
  pose proof (sum_two_sided l r lam S (extended theta) Hl HS (extended_flow _ _ _ _ _ Hflow) t Ht) as H.
  unfold extended in H. rewrite Rmax_right, (Rmax_left 0 0) in H by lra. exact H.
Qed.

(** S5. *)
Theorem s5 {X} (l : list X) r S theta : l <> nil -> 0 < S -> gradient_flow l r 0 S theta -> exists a b : R -> R,
  a 0 = 0 /\ b 0 = 0
  /\ (forall t, 0 < t -> is_derive a t (/ (S * rsum l (fun i => exp (theta i t)))))
  /\ (forall t, 0 < t -> is_derive b t (mean l (policy l theta t) r / (S * rsum l (fun i => exp (theta i t)))))
  /\ forall t i, 0 <= t -> In i l -> exp (- theta i t) = exp (- theta i 0) - r i * a t + b t.
Proof.
  intros Hl HS Hflow. pose proof (extended_flow _ _ _ _ _ Hflow) as Hext.
  assert (Hcont : forall t i, In i l -> continuous (extended theta i) t).
  { intros t i Hi. destruct (Rle_or_lt 0 t) as [Ht|Ht]; [now apply (two_sided_continuous l r 0 S (extended theta) Hext)|].
    apply (continuous_ext_loc (extended theta i) (fun _ => theta i 0) t); [|apply continuous_const].
    exists (mkposreal (- t) ltac:(lra)). intros y Hy. unfold extended.
    unfold ball in Hy; simpl in Hy; unfold AbsRing_ball, abs, minus, plus, opp in Hy; simpl in Hy.
    apply Rabs_def2 in Hy. rewrite Rmax_left by lra. reflexivity. }
  assert (E : forall t i, 0 <= t -> extended theta i t = theta i t) by (intros; unfold extended; now rewrite Rmax_right).
  assert (EZ : forall t, 0 <= t -> rsum l (fun i => exp (extended theta i t)) = rsum l (fun i => exp (theta i t)))
    by (intros; apply rsum_ext; intros; now rewrite E).
  exists (clock l S (extended theta)), (shift l r S (extended theta)).
  split; [apply clock_0|]. split; [apply shift_0|]. split; [|split].
  - intros t Ht. rewrite <- EZ by lra. apply clock_derive; auto.
  - intros t Ht. rewrite <- EZ, <- (extended_policy l theta) by lra. apply shift_derive; auto.
  - intros t i Ht Hi. rewrite <- (E t i Ht), <- (E 0 i ltac:(lra)). apply (s5_two_sided l r 0 S (extended theta)); auto.
Qed.
