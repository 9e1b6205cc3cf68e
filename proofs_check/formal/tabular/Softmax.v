(** Softmax: probabilities, their derivatives along a path of logits, and those of expectations. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus.
Open Scope R_scope.

Section Softmax.
Context {X : Type}.
Variable l : list X.

Definition softmax (z : X -> R) (i : X) : R := exp (z i) / rsum l (fun k => exp (z k)).

Lemma partition_pos z i : In i l -> 0 < rsum l (fun k => exp (z k)).
Proof. intros Hi. apply rsum_pos; [intros ->; inversion Hi|]. intros; apply exp_pos. Qed.

Lemma softmax_pos z i : In i l -> 0 < softmax z i.
Proof. intros Hi. apply Rdiv_lt_0_compat; [apply exp_pos|]. eapply partition_pos; eauto. Qed.

Lemma softmax_sum z : l <> nil -> rsum l (softmax z) = 1.
Proof.
  intros Hl. assert (H : 0 < rsum l (fun k => exp (z k))) by (apply rsum_pos; auto; intros; apply exp_pos).
  unfold softmax. set (Z := rsum l (fun k => exp (z k))) in *.
  rewrite (rsum_lin1 l _ (/ Z) (fun k => exp (z k))) by (intros; field; lra). fold Z. field. lra.
Qed.

Section Moving.
Variables (theta : X -> R -> R) (t : R).
Let p s := softmax (fun k => theta k s).

Lemma softmax_continuous i : In i l -> (forall k, In k l -> continuous (theta k) t) -> continuous (fun s => p s i) t.
Proof.
  intros Hi H. unfold p, softmax, Rdiv.
  apply cont_mult.
  - apply (cont_after exp); auto. eexists; apply is_derive_exp.
  - apply (cont_after Rinv).
    + apply (continuous_rsum l (fun k s => exp (theta k s))). intros k Hk.
      apply (cont_after exp); auto. eexists; apply is_derive_exp.
    + auto_derive. apply Rgt_not_eq, (partition_pos _ i Hi).
Qed.

Variable u : X -> R.
Hypothesis theta_derive : forall k, In k l -> is_derive (theta k) t (u k).
Let ubar := mean l (p t) u.

Lemma softmax_derive i : In i l -> is_derive (fun s => p s i) t (p t i * (u i - ubar)).
Proof.
  intros Hi. unfold p, softmax.
  assert (HZ : 0 < rsum l (fun k => exp (theta k t))) by (eapply partition_pos; eauto).
  assert (He : forall k, In k l -> is_derive (fun s => exp (theta k s)) t (u k * exp (theta k t))).
  { intros k Hk. apply (is_derive_comp exp (theta k)); [apply is_derive_exp|auto]. }
  pose proof (is_derive_rsum l (fun k s => exp (theta k s)) (fun k => u k * exp (theta k t)) t He) as Hs.
  pose proof (is_derive_div _ _ t _ _ (He i Hi) Hs (Rgt_not_eq _ _ HZ)) as Hd.
  refine (derive_eq _ _ _ _ Hd _).
  unfold ubar, mean, p, softmax. set (Z := rsum l (fun k => exp (theta k t))) in *.
  rewrite (rsum_lin1 l (fun k => exp (theta k t) / Z * u k) (/ Z) (fun k => u k * exp (theta k t)))
    by (intros; field; lra).
  simpl. field. lra.
Qed.

Lemma log_ratio_derive i c : In i l -> 0 < c -> is_derive (fun s => ln (p s i / c)) t (u i - ubar).
Proof.
  intros Hi Hc. pose proof (softmax_derive i Hi) as Hd.
  assert (Hp : 0 < p t i) by (apply softmax_pos, Hi).
  set (f := fun s => p s i) in *. change (0 < f t) in Hp. change (is_derive f t (f t * (u i - ubar))) in Hd.
  change (is_derive (fun s => ln (f s / c)) t (u i - ubar)). clearbody f.
  auto_derive.
  - split; [eexists; apply Hd|]. split; [apply Rdiv_lt_0_compat; auto|exact I].
  - change (Derive (fun x : R => f x) t) with (Derive f t). rewrite (is_derive_unique _ _ _ Hd). field. lra.
Qed.

(** d/dt E f = Cov(theta', f) + E f'. *)
Lemma mean_derive (f : R -> X -> R) (df : X -> R) : (forall k, In k l -> is_derive (fun s => f s k) t (df k)) ->
  is_derive (fun s => mean l (p s) (f s)) t (mean l (p t) (fun k => (u k - ubar) * f t k) + mean l (p t) df).
Proof.
  intros Hf. unfold mean at 1.
  eapply derive_eq.
  - apply (is_derive_rsum l (fun k s => p s k * f s k) (fun k => p t k * (u k - ubar) * f t k + p t k * df k)).
    intros k Hk. apply (derive_mult (fun s => p s k) (fun s => f s k)); [now apply softmax_derive|now apply Hf].
  - rewrite rsum_plus. unfold mean. f_equal. apply rsum_ext. intros; ring.
Qed.

Lemma mean_continuous (f : R -> X -> R) : (forall k, In k l -> continuous (theta k) t) ->
  (forall k, In k l -> continuous (fun s => f s k) t) -> continuous (fun s => mean l (p s) (f s)) t.
Proof.
  intros Ht Hf. apply (continuous_rsum l (fun k s => p s k * f s k)). intros k Hk.
  apply (cont_mult (fun s => p s k) (fun s => f s k)); [now apply softmax_continuous|now apply Hf].
Qed.
End Moving.
End Softmax.
