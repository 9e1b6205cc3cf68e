(** A policy that moves, of any kind: all that is known of it are the derivatives p z of its probabilities, z being the
    score along the path. How the objective, the regularised reward and its variance, and any expectation move. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus.
Open Scope R_scope.

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

Section OnePrompt.
Context {Y : Type}.
Variables (l : list Y) (r q : Y -> R) (lam : R) (p : R -> Y -> R).
Definition regularised t y := r y - lam * ln (p t y / q y).
Definition advantage t y := regularised t y - mean l (p t) (regularised t).

Hypothesis q_pos : forall y, In y l -> 0 < q y.
Hypothesis p_pos : forall t y, In y l -> 0 < p t y.
Hypothesis p_sum : forall t, rsum l (p t) = 1.

Lemma moving_nonneg t y : In y l -> 0 <= p t y.
Proof. intros; now apply Rlt_le, p_pos. Qed.

Lemma advantage_centered t : mean l (p t) (advantage t) = 0.
Proof. apply mean_centered, p_sum. Qed.

Section AtTime.
Variables (t : R) (z : Y -> R).
Hypothesis p_derive : forall y, In y l -> is_derive (fun s => p s y) t (p t y * z y).

Lemma score_mean : mean l (p t) z = 0.
Proof.
  pose proof (mean_derive_log l p (fun _ _ => 1) z (fun _ => 0) t p_derive (fun k _ => is_derive_const 1 t)) as H1.
  cbv beta in H1. apply is_derive_unique in H1.
  rewrite (Derive_ext _ (fun _ => 1)) in H1 by (intros; apply mean_const, p_sum).
  rewrite Derive_const, (mean_const l (p t) (p_sum t) 0), Rplus_0_r in H1. rewrite H1.
  apply rsum_ext; intros; ring.
Qed.

Lemma regularised_derive y : In y l -> is_derive (fun s => regularised s y) t (- lam * z y).
Proof.
  intros Hy. unfold regularised. pose proof (p_derive y Hy) as Hd.
  assert (H0 : 0 < q y) by auto. assert (H1 : 0 < p t y) by auto.
  set (c := q y) in *. clearbody c. set (f := fun s => p s y) in *.
  change (is_derive f t (f t * z y)) in Hd. change (0 < f t) in H1.
  change (is_derive (fun s => r y - lam * ln (f s / c)) t (- lam * z y)).
  clearbody f. auto_derive.
  - split; [eexists; apply Hd|]. split; [apply Rdiv_lt_0_compat; auto|exact I].
  - change (Derive (fun x : R => f x) t) with (Derive f t). rewrite (is_derive_unique _ _ _ Hd). field. lra.
Qed.

(** The objective of this prompt rises at the rate E[A z]. *)
Lemma objective_derive : is_derive (fun s => mean l (p s) (regularised s)) t (mean l (p t) (fun y => advantage t y * z y)).
Proof.
  refine (derive_eq _ _ _ _ (mean_derive_log l p regularised z _ t p_derive regularised_derive) _).
  pose proof score_mean as Hz. unfold mean in Hz.
  unfold advantage. set (m := mean l (p t) (regularised t)). unfold mean.
  rewrite (rsum_lin1 l (fun y => p t y * (- lam * z y)) (- lam) (fun y => p t y * z y)) by (intros; ring).
  rewrite (rsum_lin2 l (fun y => p t y * ((regularised t y - m) * z y)) 1 (fun y => p t y * (z y * regularised t y))
    (- m) (fun y => p t y * z y)) by (intros; ring).
  rewrite Hz. ring.
Qed.

Lemma variance_derive : is_derive (fun s => mean l (p s) (fun y => advantage s y ^ 2)) t
  (mean l (p t) (fun y => advantage t y ^ 2 * z y) - 2 * lam * mean l (p t) (fun y => advantage t y * z y)).
Proof.
  pose proof objective_derive as HR.
  set (D := mean l (p t) (fun y => advantage t y * z y)) in *.
  assert (HA2 : forall y, In y l -> is_derive (fun s => advantage s y ^ 2) t (2 * advantage t y * (- lam * z y - D))).
  { intros y Hy. pose proof (is_derive_minus _ _ t _ _ (regularised_derive y Hy) HR) as HA.
    pose proof (is_derive_pow _ 2 t _ HA) as H2. refine (derive_eq _ _ _ _ H2 _).
    unfold minus, plus, opp; simpl. unfold advantage. ring. }
  refine (derive_eq _ _ _ _ (mean_derive_log l p (fun s y => advantage s y ^ 2) z _ t p_derive HA2) _).
  cbv beta. unfold mean.
  rewrite (rsum_lin2 l (fun y => p t y * (2 * advantage t y * (- lam * z y - D)))
    (- 2 * lam) (fun y => p t y * (advantage t y * z y)) (- 2 * D) (fun y => p t y * advantage t y)) by (intros; ring).
  change (rsum l (fun y => p t y * advantage t y)) with (mean l (p t) (advantage t)). rewrite advantage_centered.
  change (rsum l (fun y => p t y * (advantage t y * z y))) with D.
  rewrite (rsum_ext l (fun i => p t i * (z i * advantage t i ^ 2)) (fun i => p t i * (advantage t i ^ 2 * z i)))
    by (intros; ring). ring.
Qed.

Lemma expectation_derive g : is_derive (fun s => mean l (p s) g) t (mean l (p t) (fun y => (g y - mean l (p t) g) * z y)).
Proof.
  refine (derive_eq _ _ _ _ (mean_derive_log l p (fun _ => g) z (fun _ => 0) t p_derive (fun k _ => is_derive_const (g k) t)) _).
  rewrite (mean_const l (p t) (p_sum t) 0), Rplus_0_r. set (gb := mean l (p t) g).
  pose proof score_mean as Hz. unfold mean in *.
  rewrite (rsum_lin2 l (fun y => p t y * ((g y - gb) * z y)) 1 (fun y => p t y * (z y * g y)) (- gb) (fun y => p t y * z y))
    by (intros; ring).
  rewrite Hz. ring.
Qed.
End AtTime.

Section Continuity.
Variable t : R.
Hypothesis p_cont : forall y, In y l -> continuous (fun s => p s y) t.

Lemma regularised_continuous y : In y l -> continuous (fun s => regularised s y) t.
Proof.
  intros Hy. unfold regularised.
  apply (cont_after (fun v => r y - lam * ln (v / q y)) (fun s => p s y)); [auto|].
  pose proof (q_pos y Hy). pose proof (p_pos t y Hy). auto_derive. apply Rdiv_lt_0_compat; auto.
Qed.

Lemma moving_mean_continuous f : (forall y, In y l -> continuous (fun s => f s y) t) ->
  continuous (fun s => mean l (p s) (f s)) t.
Proof.
  intros Hf. apply (continuous_rsum l (fun y s => p s y * f s y)). intros y Hy.
  apply (cont_mult (fun s => p s y) (fun s => f s y)); auto.
Qed.

Lemma variance_continuous : continuous (fun s => mean l (p s) (fun y => advantage s y ^ 2)) t.
Proof.
  apply (moving_mean_continuous (fun s y => advantage s y ^ 2)). intros y Hy.
  apply (cont_after (fun v => v ^ 2) (fun s => advantage s y)); [|auto_derive; exact I].
  apply (cont_minus (fun s => regularised s y) (fun s => mean l (p s) (regularised s))); [now apply regularised_continuous|].
  apply (moving_mean_continuous regularised). intros; now apply regularised_continuous.
Qed.

Lemma expectation_continuous g : continuous (fun s => mean l (p s) g) t.
Proof. apply (moving_mean_continuous (fun _ => g)). intros; apply continuous_const. Qed.
End Continuity.

(** Where the policy is the reference policy, the advantage is that of the reward itself. *)
Lemma variance_at_reference t : (forall y, In y l -> p t y = q y) ->
  mean l (p t) (fun y => advantage t y ^ 2) = var l (p t) r.
Proof.
  intros Hpq.
  assert (E : forall y, In y l -> regularised t y = r y).
  { intros y Hy. unfold regularised. rewrite (Hpq y Hy). pose proof (q_pos y Hy).
    replace (q y / q y) with 1 by (field; lra). rewrite ln_1. ring. }
  assert (Em : mean l (p t) (regularised t) = mean l (p t) r) by (apply rsum_ext; intros; now rewrite E).
  apply rsum_ext; intros y Hy. unfold advantage. now rewrite Em, E.
Qed.
End OnePrompt.
