(** Autoregressive policies (Eq. 2) with parameters of any kind: their scores, the bounds on these by the Jacobian of the
    logits, the gradient of the objective, and S2 [s0-fisher, s2, s6-gradient, contrast]. *)
From Coq Require Import Reals List Lra Psatz PeanoNat.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Softmax Differentiable JointObjective FisherForm MovingPolicy Sequences.
Open Scope R_scope.

Lemma list_max {X} (l : list X) (f : X -> R) : l <> nil -> exists i, In i l /\ forall k, In k l -> f k <= f i.
Proof.
  induction l as [|a l IH]; [congruence|]. intros _. destruct l as [|b l].
  - exists a. split; [now left|]. intros k [<-|[]]. lra.
  - destruct IH as (i & Hi & H); [discriminate|]. destruct (Rle_or_lt (f i) (f a)) as [Hle|Hlt].
    + exists a. split; [now left|]. intros k [<-|Hk]; [lra|]. specialize (H k Hk). lra.
    + exists i. split; [now right|]. intros k [<-|Hk]; [lra|auto].
Qed.

Lemma list_min {X} (l : list X) (f : X -> R) : l <> nil -> exists i, In i l /\ forall k, In k l -> f i <= f k.
Proof.
  intros Hl. destruct (list_max l (fun i => - f i) Hl) as (i & Hi & H). exists i. split; auto.
  intros k Hk. specialize (H k Hk). lra.
Qed.

(** Two entries of a vector. *)
Lemma two_squares_le {X} (l : list X) (f : X -> R) i j : In i l -> In j l -> f i <> f j ->
  f i ^ 2 + f j ^ 2 <= rsum l (fun k => f k ^ 2).
Proof.
  intros Hi Hj Hne. destruct (in_split _ _ Hi) as (l1 & l2 & ->).
  assert (Hj' : In j (l1 ++ l2)).
  { apply in_app_or in Hj as [H|[H|H]]; [apply in_or_app; auto|congruence|apply in_or_app; auto]. }
  pose proof (term_le_sum (l1 ++ l2) (fun k => f k ^ 2) j (fun k _ => pow2_ge_0 (f k)) Hj') as H.
  rewrite rsum_app in *. cbn [rsum]. lra.
Qed.

Section Autoregressive.
Context {P V : Type}.
Variables (vocabulary : list V) (L d : nat).
Variables (logits : (nat -> R) -> P -> list V -> V -> R) (jacobian : (nat -> R) -> P -> list V -> V -> nat -> R).
Hypothesis vocabulary_nonempty : vocabulary <> nil.
Let Y := sequences vocabulary L.
Let parameters := seq 0 d.

Definition next (theta : nat -> R) (x : P) (h : list V) : V -> R := softmax vocabulary (logits theta x h).
Definition pi (theta : nat -> R) (x : P) (y : list V) : R := probability (next theta x) nil y.

Lemma next_positive theta x n h v : prefix vocabulary L (S n) h -> In v vocabulary -> 0 < next theta x h v.
Proof. intros _. apply softmax_pos. Qed.
Lemma next_total theta x n h : prefix vocabulary L (S n) h -> rsum vocabulary (next theta x h) = 1.
Proof. intros _. now apply softmax_sum. Qed.

Lemma pi_pos theta x y : In y Y -> 0 < pi theta x y.
Proof.
  apply (probability_pos vocabulary (next theta x) L (next_positive theta x) L). apply prefix_start.
Qed.
Lemma pi_sum theta x : rsum Y (pi theta x) = 1.
Proof.
  apply (probability_sum vocabulary (next theta x) L (next_total theta x) L). apply prefix_start.
Qed.
Lemma pi_nonneg theta x y : In y Y -> 0 <= pi theta x y.
Proof. intros; now apply Rlt_le, pi_pos. Qed.

(** How the logits move in the direction c, and the score of an output along it. *)
Definition moved (theta : nat -> R) (x : P) (c : nat -> R) (h : list V) (v : V) : R :=
  rsum parameters (fun j => c j * jacobian theta x h v j).
Definition score_along theta x c y := score vocabulary (next theta x) (moved theta x c) nil y.
Definition score_of theta x y j := score vocabulary (next theta x) (fun h v => jacobian theta x h v j) nil y.

Lemma score_along_dot theta x c y : score_along theta x c y = dot parameters c (score_of theta x y).
Proof. apply score_linear. Qed.

(** The Jacobian's spectral norm is at most J; contrasts of its rows are at most sqrt 2 C. *)
Definition jacobian_norm theta x J : Prop := forall h c, (forall v, In v h -> In v vocabulary) -> (length h < L)%nat ->
  rsum vocabulary (fun v => moved theta x c h v ^ 2) <= J ^ 2 * rsum parameters (fun j => c j ^ 2).
Definition contrast_norm theta x C : Prop := forall h c v v', (forall v, In v h -> In v vocabulary) -> (length h < L)%nat ->
  In v vocabulary -> In v' vocabulary ->
  (moved theta x c h v - moved theta x c h v') ^ 2 <= 2 * C ^ 2 * rsum parameters (fun j => c j ^ 2).

Lemma contrast_of_jacobian theta x J : jacobian_norm theta x J -> contrast_norm theta x J.
Proof.
  intros H h c v v' Hh Hlen Hv Hv'. specialize (H h c Hh Hlen). set (f := moved theta x c h) in *.
  destruct (Req_dec (f v) (f v')) as [->|Hne].
  - replace ((f v' - f v') ^ 2) with 0 by ring.
    assert (0 <= rsum vocabulary (fun v => f v ^ 2)) by (apply rsum_nonneg; intros; apply pow2_ge_0). lra.
  - pose proof (two_squares_le vocabulary f v v' Hv Hv' Hne). pose proof (pow2_ge_0 (f v + f v')). nra.
Qed.

Section Bounds.
Variables (theta : nat -> R) (x : P) (C : R) (c : nat -> R).
Hypothesis C_nonneg : 0 <= C.
Hypothesis contrast : contrast_norm theta x C.
Let N := rsum parameters (fun j => c j ^ 2).

Lemma N_nonneg : 0 <= N.
Proof. apply rsum_nonneg. intros; apply pow2_ge_0. Qed.

Lemma moved_range n h : prefix vocabulary L (S n) h -> exists a b,
  (forall v, In v vocabulary -> a <= moved theta x c h v <= b) /\ 0 <= b - a /\ (b - a) ^ 2 <= 2 * C ^ 2 * N.
Proof.
  intros [Hh Hlen]. destruct (list_max vocabulary (moved theta x c h) vocabulary_nonempty) as (i & Hi & Hmax).
  destruct (list_min vocabulary (moved theta x c h) vocabulary_nonempty) as (j & Hj & Hmin).
  exists (moved theta x c h j), (moved theta x c h i). split; [split; auto|]. split; [specialize (Hmin i Hi); lra|].
  apply contrast; auto. lia.
Qed.

Lemma token_variance_le n h : prefix vocabulary L (S n) h -> var vocabulary (next theta x h) (moved theta x c h) <= C ^ 2 / 2 * N.
Proof.
  intros Hh. destruct (moved_range n h Hh) as (a & b & Hab & _ & Hr).
  eapply Rle_trans; [apply (popoviciu vocabulary (next theta x h)) with (a := a) (b := b); auto|lra].
  - intros. apply Rlt_le. eapply next_positive; eauto.
  - eapply next_total; eauto.
Qed.

Lemma step_abs_le n h v : prefix vocabulary L (S n) h -> In v vocabulary ->
  Rabs (step vocabulary (next theta x) (moved theta x c) h v) <= sqrt (2 * C ^ 2 * N).
Proof.
  intros Hh Hv. destruct (moved_range n h Hh) as (a & b & Hab & H0 & Hr). unfold step.
  assert (Hp : forall v, In v vocabulary -> 0 <= next theta x h v) by (intros; apply Rlt_le; eapply next_positive; eauto).
  pose proof (next_total theta x n h Hh) as Hs.
  assert (Hm : a <= mean vocabulary (next theta x h) (moved theta x c h) <= b).
  { rewrite <- (mean_const vocabulary (next theta x h) Hs a) at 1. rewrite <- (mean_const vocabulary (next theta x h) Hs b) at 1.
    split; apply mean_le; auto; intros; now apply Hab. }
  apply Rle_trans with (b - a).
  - apply Rabs_le. specialize (Hab v Hv). lra.
  - apply le_sqrt_of_sqr; auto. pose proof N_nonneg. pose proof (pow2_ge_0 C). nra.
Qed.

(** u^T F u <= (L C^2 / 2) |u|^2. *)
Lemma fisher_le : mean Y (pi theta x) (fun y => score_along theta x c y ^ 2) <= INR L * (C ^ 2 / 2 * N).
Proof.
  apply (score_square_le vocabulary (next theta x) L (next_positive theta x) (next_total theta x) (moved theta x c)
    (C ^ 2 / 2 * N) token_variance_le L nil). apply prefix_start.
Qed.

Lemma score_le y : In y Y -> Rabs (score_along theta x c y) <= INR L * sqrt (2 * C ^ 2 * N).
Proof.
  intros Hy. apply (score_abs_le vocabulary (next theta x) L (moved theta x c) (sqrt (2 * C ^ 2 * N)) step_abs_le L nil y); auto.
  apply prefix_start.
Qed.
End Bounds.

(** The logits are differentiable functions of the parameters. *)
Definition smooth theta x : Prop := forall h v, (forall v, In v h -> In v vocabulary) -> (length h < L)%nat ->
  In v vocabulary -> differentiable d (fun theta => logits theta x h v) theta (jacobian theta x h v).

Section AlongAPath.
Variables (path : nat -> R -> R) (t : R) (x : P).
Notation at_time s := (fun j => path j s).
Hypothesis logits_smooth : smooth (at_time t) x.

Lemma pi_continuous y : (forall j, (j < d)%nat -> continuous (path j) t) -> In y Y ->
  continuous (fun s => pi (at_time s) x y) t.
Proof.
  intros Hc Hy.
  apply (probability_continuous vocabulary L (fun s => next (at_time s) x) t) with (n := L); [|apply prefix_start|exact Hy].
  intros n h v [Hh Hn] Hv. apply (softmax_continuous vocabulary (fun k s => logits (at_time s) x h k) t v Hv).
  intros k Hk. eapply (along_continuous d (fun theta => logits theta x h k) path _ t); [|exact Hc].
  apply logits_smooth; auto. lia.
Qed.

Lemma pi_derive (c : nat -> R) y : (forall j, (j < d)%nat -> is_derive (path j) t (c j)) -> In y Y ->
  is_derive (fun s => pi (at_time s) x y) t (pi (at_time t) x y * score_along (at_time t) x c y).
Proof.
  intros Hd Hy.
  apply (probability_derive vocabulary L (fun s => next (at_time s) x) (moved (at_time t) x c) t) with (n := L);
    [|apply prefix_start|exact Hy].
  intros n h v [Hh Hn] Hv.
  apply (softmax_derive vocabulary (fun k s => logits (at_time s) x h k) t (moved (at_time t) x c h)); auto.
  intros k Hk.
  refine (derive_eq _ _ _ _ (along_derive d (fun theta => logits theta x h k) path (jacobian (at_time t) x h k) t _ c Hd) _).
  - apply logits_smooth; auto. lia.
  - apply rsum_ext. intros; ring.
Qed.
End AlongAPath.

(** The partial derivatives of probabilities and of their logarithms. *)
Lemma pi_partial theta x j y : smooth theta x -> (j < d)%nat -> In y Y ->
  is_derive (fun s => pi (update theta j s) x y) (theta j) (pi theta x y * score_of theta x y j).
Proof.
  intros Hs Hj Hy.
  set (path := fun k s => update theta j s k).
  assert (Epath : (fun k => path k (theta j)) = theta) by apply update_same.
  set (unit := fun k => if Nat.eqb k j then 1 else 0).
  pose proof (pi_derive path (theta j) x) as H. rewrite Epath in H.
  specialize (H Hs unit y (fun k _ => update_derive theta j k (theta j)) Hy).
  refine (derive_eq _ _ _ _ H _). f_equal. rewrite score_along_dot. unfold dot, unit.
  rewrite (rsum_single parameters _ j (seq_NoDup d 0)); [rewrite Nat.eqb_refl; ring|apply in_seq; lia|].
  intros k _ Hk. cbv beta. rewrite (proj2 (Nat.eqb_neq k j) Hk). ring.
Qed.

Lemma log_partial theta x j y : smooth theta x -> (j < d)%nat -> In y Y ->
  is_derive (fun s => ln (pi (update theta j s) x y)) (theta j) (score_of theta x y j).
Proof.
  intros Hs Hj Hy. pose proof (pi_partial theta x j y Hs Hj Hy) as Hd. pose proof (pi_pos theta x y Hy) as H1.
  set (f := fun s => pi (update theta j s) x y) in *.
  assert (Ef : f (theta j) = pi theta x y) by (unfold f; now rewrite update_same).
  change (is_derive f (theta j) (pi theta x y * score_of theta x y j)) in Hd.
  change (is_derive (fun s => ln (f s)) (theta j) (score_of theta x y j)). rewrite <- Ef in *. clearbody f.
  auto_derive; [split; [eexists; apply Hd|split; [auto|exact I]]|].
  change (Derive (fun x : R => f x) (theta j)) with (Derive f (theta j)). rewrite (is_derive_unique _ _ _ Hd). field. lra.
Qed.

(** Eq. 1 for one prompt, its advantage, and the partial derivatives of the objective. *)
Section Objective.
Variables (r q : list V -> R) (lam : R) (x : P).
Hypothesis q_pos : forall y, In y Y -> 0 < q y.
Definition objective_of (theta : nat -> R) : R := mean Y (pi theta x) (fun y => r y - lam * ln (pi theta x y / q y)).
Definition advantage_of (theta : nat -> R) : list V -> R := advantage Y r q lam (fun _ => pi theta x) 0.

Lemma objective_of_partial theta j : smooth theta x -> (j < d)%nat ->
  is_derive (fun s => objective_of (update theta j s)) (theta j)
    (mean Y (pi theta x) (fun y => advantage_of theta y * score_of theta x y j)).
Proof.
  intros Hs Hj.
  set (path := fun k s => update theta j s k).
  assert (Epath : (fun k => path k (theta j)) = theta) by apply update_same.
  assert (Hpos : forall t y, In y Y -> 0 < pi (fun k => path k t) x y) by (intros; now apply pi_pos).
  assert (Hsum : forall t, rsum Y (pi (fun k => path k t) x) = 1) by (intros; apply pi_sum).
  set (unit := fun k => if Nat.eqb k j then 1 else 0).
  assert (Hd : forall y, In y Y -> is_derive (fun s => pi (fun k => path k s) x y) (theta j)
    (pi (fun k => path k (theta j)) x y * score_along theta x unit y)).
  { intros y Hy. pose proof (pi_derive path (theta j) x) as H. rewrite Epath in *. apply H; auto.
    intros k _. apply update_derive. }
  assert (Hz : forall y, score_along theta x unit y = score_of theta x y j).
  { intros y. rewrite score_along_dot. unfold dot, unit.
    rewrite (rsum_single parameters _ j (seq_NoDup d 0)); [rewrite Nat.eqb_refl; ring|apply in_seq; lia|].
    intros k _ Hk. cbv beta. rewrite (proj2 (Nat.eqb_neq k j) Hk). ring. }
  pose proof (objective_derive Y r q lam (fun s => pi (fun k => path k s) x) q_pos Hpos Hsum (theta j)
    (score_along theta x unit) Hd) as H.
  cbv beta in H. rewrite Epath in H. unfold objective_of.
  refine (derive_eq _ _ _ _ H _). apply rsum_ext. intros y _. rewrite Hz. f_equal. f_equal.
  unfold advantage_of, advantage, regularised. cbv beta. now rewrite Epath.
Qed.

(** S2, with contrasts: |grad phi|^2 <= (L C^2 / 2) Var. *)
Theorem gradient_square_le theta C : smooth theta x -> 0 <= C -> contrast_norm theta x C ->
  rsum parameters (fun j => Derive (fun s => objective_of (update theta j s)) (theta j) ^ 2)
    <= INR L * C ^ 2 / 2 * mean Y (pi theta x) (fun y => advantage_of theta y ^ 2).
Proof.
  intros Hs HC Hcon.
  set (lmax := INR L * C ^ 2 / 2).
  assert (Hl : 0 <= lmax) by (unfold lmax; pose proof (pos_INR L); pose proof (pow2_ge_0 C); nra).
  pose proof (s0 Y (pi theta x) (advantage_of theta) parameters (score_of theta x) (fun y Hy => pi_nonneg theta x y Hy) lmax Hl) as H.
  assert (HF : forall u, mean Y (pi theta x) (fun y => dot parameters u (score_of theta x y) ^ 2) <= lmax * dot parameters u u).
  { intros u. pose proof (fisher_le theta x C u Hcon) as HF.
    replace (dot parameters u u) with (rsum parameters (fun j => u j ^ 2)) by (apply rsum_ext; intros; ring).
    replace (lmax * rsum parameters (fun j => u j ^ 2)) with (INR L * (C ^ 2 / 2 * rsum parameters (fun j => u j ^ 2)))
      by (unfold lmax; field).
    eapply Rle_trans; [|exact HF]. right. apply rsum_ext. intros y _. now rewrite score_along_dot. }
  specialize (H HF). eapply Rle_trans; [|exact H]. right. apply rsum_ext. intros j Hj. apply in_seq in Hj.
  assert (E : Derive (fun s => objective_of (update theta j s)) (theta j) = mean Y (pi theta x) (fun y => advantage_of theta y * score_of theta x y j))
    by (apply is_derive_unique, (objective_of_partial theta j Hs (proj2 Hj))).
  rewrite E. ring.
Qed.
End Objective.
End Autoregressive.
