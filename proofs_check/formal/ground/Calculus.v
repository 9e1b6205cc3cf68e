(** Calculus on an interval: monotone functions by the sign of the derivative, finite sums, products and
    compositions, and functions that are continuous at 0 from the right only. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum.
Open Scope R_scope.

Lemma nondecreasing (f df : R -> R) (a b : R) : a <= b ->
  (forall t, a <= t <= b -> continuous f t) ->
  (forall t, a < t < b -> is_derive f t (df t)) ->
  (forall t, a < t < b -> 0 <= df t) -> f a <= f b.
Proof.
  intros Hab Hc Hd Hp.
  destruct (MVT_gen f a b (fun t => Rmax 0 (df t))) as (c & _ & E).
  - rewrite Rmin_left, Rmax_right by lra. intros t Ht. rewrite Rmax_right by auto. auto.
  - rewrite Rmin_left, Rmax_right by lra. intros t Ht. apply continuity_pt_filterlim, Hc, Ht.
  - pose proof (Rmax_l 0 (df c)). nra.
Qed.

Lemma nonincreasing (f df : R -> R) (a b : R) : a <= b ->
  (forall t, a <= t <= b -> continuous f t) ->
  (forall t, a < t < b -> is_derive f t (df t)) ->
  (forall t, a < t < b -> df t <= 0) -> f b <= f a.
Proof.
  intros Hab Hc Hd Hp.
  enough (- f a <= - f b) by lra.
  apply (nondecreasing (fun t => - f t) (fun t => - df t)); auto.
  - intros t Ht. apply (continuous_opp f t), Hc, Ht.
  - intros t Ht. apply (is_derive_opp f t (df t)), Hd, Ht.
  - intros t Ht. specialize (Hp t Ht). lra.
Qed.

Section SumCalculus.
Context {X : Type}.

Lemma continuous_rsum (l : list X) (f : X -> R -> R) t :
  (forall i, In i l -> continuous (f i) t) -> continuous (fun s => rsum l (fun i => f i s)) t.
Proof.
  induction l as [|a l IH]; simpl; intros H; [apply continuous_const|].
  apply (continuous_plus (f a) (fun s => rsum l (fun i => f i s))); auto.
Qed.

Lemma is_derive_rsum (l : list X) (f : X -> R -> R) (df : X -> R) t :
  (forall i, In i l -> is_derive (f i) t (df i)) -> is_derive (fun s => rsum l (fun i => f i s)) t (rsum l df).
Proof.
  induction l as [|a l IH]; simpl; intros H; [apply (is_derive_const 0)|].
  apply (is_derive_plus (f a) (fun s => rsum l (fun i => f i s))); auto.
Qed.
End SumCalculus.

Lemma cont_mult (f g : R -> R) t : continuous f t -> continuous g t -> continuous (fun s => f s * g s) t.
Proof. exact (continuous_mult f g t). Qed.

Lemma cont_minus (f g : R -> R) t : continuous f t -> continuous g t -> continuous (fun s => f s - g s) t.
Proof. exact (continuous_minus f g t). Qed.

Lemma cont_after (h : R -> R) (f : R -> R) t : continuous f t -> ex_derive h (f t) -> continuous (fun s => h (f s)) t.
Proof. intros Hf Hh. apply (continuous_comp f h); [auto|]. now apply (ex_derive_continuous h). Qed.

Lemma derive_mult (f g : R -> R) (t df dg : R) : is_derive f t df -> is_derive g t dg ->
  is_derive (fun s => f s * g s) t (df * g t + f t * dg).
Proof. intros Hf Hg. apply (is_derive_mult f g); auto. intros; apply Rmult_comm. Qed.

Lemma derive_eq (f : R -> R) (t d d' : R) : is_derive f t d -> d = d' -> is_derive f t d'.
Proof. now intros H <-. Qed.

(** A function that is continuous at 0 from the right, made constant to the left of 0. *)
Lemma extend_continuous (f : R -> R) : filterlim f (at_right 0) (locally (f 0)) ->
  continuous (fun t => f (Rmax 0 t)) 0.
Proof.
  intros H P HP. rewrite (Rmax_left 0 0) in HP by lra.
  destruct (H P HP) as (d & Hd). exists d. intros y Hy.
  destruct (Rle_or_lt y 0) as [Hy0|Hy0].
  - rewrite Rmax_left by auto. apply locally_singleton, HP.
  - rewrite Rmax_right by lra. now apply Hd.
Qed.

Lemma extend_derive (f : R -> R) (t d : R) : 0 < t -> is_derive f t d -> is_derive (fun t => f (Rmax 0 t)) t d.
Proof.
  intros Ht. apply is_derive_ext_loc. exists (mkposreal t Ht). intros y Hy.
  rewrite Rmax_right; [reflexivity|].
  unfold ball in Hy; simpl in Hy; unfold AbsRing_ball, abs, minus, plus, opp in Hy; simpl in Hy.
  apply Rabs_def2 in Hy. lra.
Qed.

(** A continuous function is continuous from the right. *)
Lemma right_continuous (f : R -> R) (t : R) : continuous f t -> filterlim f (at_right t) (locally (f t)).
Proof. intros H P HP. destruct (H P HP) as (d & Hd). exists d. intros y Hy _. now apply Hd. Qed.
