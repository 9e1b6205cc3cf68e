(** The objective of all training prompts (Eq. 1), its gradient flow (Eq. 4) for a tabular policy (Eq. 3), and that its
    columns move on their own [independent-columns, lem7]: each by [gradient_flow] of its own prompt. *)
From Coq Require Import Reals List Lra Psatz PeanoNat.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Softmax Flow Gradient.
Open Scope R_scope.

(** A function with one value replaced. *)
Definition update {X : Type} (z : nat -> X) (i : nat) (s : X) : nat -> X := fun k => if Nat.eqb k i then s else z k.

Lemma update_same {X} (z : nat -> X) i : update z i (z i) = z.
Proof.
  apply FunctionalExtensionality.functional_extensionality. intros k. unfold update.
  destruct (Nat.eqb_spec k i) as [->|]; reflexivity.
Qed.

Lemma update_at {X} (z : nat -> X) i (s : X) : update z i s i = s.
Proof. unfold update. now rewrite Nat.eqb_refl. Qed.

Lemma update_other {X} (z : nat -> X) i k (s : X) : k <> i -> update z i s k = z k.
Proof. intros H. unfold update. now rewrite (proj2 (Nat.eqb_neq k i) H). Qed.

Lemma update_derive (z : nat -> R) i k t :
  is_derive (fun s => update z i s k) t (if Nat.eqb k i then 1 else 0).
Proof. unfold update. destruct (Nat.eqb k i); [apply (is_derive_id t)|apply (is_derive_const (z k) t)]. Qed.

Section Objective.
Variables (n : nat) (r q : nat -> R) (lam : R).
Let outputs := seq 0 n.

(** Expected reward minus lam times the divergence from the policy q. *)
Definition objective (z : nat -> R) : R :=
  let p := softmax outputs z in mean outputs p (fun i => r i - lam * ln (p i / q i)).

Hypothesis q_pos : forall i, In i outputs -> 0 < q i.

(** Lemma 7 for one prompt. *)
Lemma objective_partial (z : nat -> R) i : In i outputs ->
  let p := softmax outputs z in let rkl k := r k - lam * ln (p k / q k) in
  is_derive (fun s => objective (update z i s)) (z i) (p i * (rkl i - mean outputs p rkl)).
Proof.
  intros Hi p rkl.
  assert (Hl : outputs <> nil) by (intros E; rewrite E in Hi; inversion Hi).
  pose proof (lem7 outputs r q lam (fun k s => update z i s k) (z i) _ Hl q_pos
    (fun k _ => update_derive z i k (z i))) as H.
  cbv beta zeta in H.
  refine (derive_eq _ _ _ _ H _).
  rewrite (rsum_single outputs _ i (seq_NoDup _ _) Hi).
  - rewrite Nat.eqb_refl, Rmult_1_r, update_same. reflexivity.
  - intros k _ Hk. cbv beta. rewrite (proj2 (Nat.eqb_neq k i) Hk). ring.
Qed.
End Objective.

Section Joint.
Variables (prompts n : nat) (r q : nat -> nat -> R) (lam : R).
Hypothesis q_pos : forall x i, (x < prompts)%nat -> (i < n)%nat -> 0 < q x i.

(** Eq. 1: the mean over the training prompts. *)
Definition joint_objective (z : nat -> nat -> R) : R :=
  / INR prompts * rsum (seq 0 prompts) (fun x => objective n (r x) (q x) lam (z x)).

Lemma joint_partial (z : nat -> nat -> R) x i : (x < prompts)%nat -> (i < n)%nat ->
  let p := softmax (seq 0 n) (z x) in let rkl k := r x k - lam * ln (p k / q x k) in
  is_derive (fun s => joint_objective (update z x (update (z x) i s))) (z x i)
    (p i * (rkl i - mean (seq 0 n) p rkl) / INR prompts).
Proof.
  intros Hx Hi p rkl. set (g := p i * (rkl i - mean (seq 0 n) p rkl)).
  assert (Hi' : In i (seq 0 n)) by (apply in_seq; auto with arith).
  assert (Hx' : In x (seq 0 prompts)) by (apply in_seq; auto with arith).
  assert (Hq : forall k, In k (seq 0 n) -> 0 < q x k) by (intros k Hk; apply q_pos; auto; apply in_seq in Hk; tauto).
  assert (Hone : is_derive (fun s => objective n (r x) (q x) lam (update (z x) i s)) (z x i) g)
    by (apply (objective_partial n (r x) (q x) lam Hq (z x) i Hi')).
  assert (Hsum : is_derive (fun s => rsum (seq 0 prompts) (fun y => objective n (r y) (q y) lam
      (update z x (update (z x) i s) y))) (z x i) (rsum (seq 0 prompts) (fun y => if Nat.eqb y x then g else 0))).
  { apply (is_derive_rsum (seq 0 prompts) (fun y s => objective n (r y) (q y) lam (update z x (update (z x) i s) y))
      (fun y => if Nat.eqb y x then g else 0)). intros y _. unfold update at 1.
    destruct (Nat.eqb_spec y x) as [->|]; [exact Hone|]. exact (is_derive_const (objective n (r y) (q y) lam (z y)) (z x i)). }
  rewrite (rsum_single (seq 0 prompts) _ x (seq_NoDup _ _) Hx') in Hsum.
  2:{ intros y _ Hy. cbv beta. now rewrite (proj2 (Nat.eqb_neq y x) Hy). }
  rewrite Nat.eqb_refl in Hsum.
  refine (derive_eq _ _ _ _ (is_derive_scal _ (z x i) (/ INR prompts) _ Hsum) _).
  unfold scal; simpl; unfold mult; simpl. unfold Rdiv. ring.
Qed.
End Joint.

(** Eq. 4: gradient flow of the joint objective, whose reference policy is the initial one; at time 0 the logits need
    to be continuous from the right only. *)
Definition joint_flow (prompts n : nat) (r : nat -> nat -> R) (lam : R) (theta : nat -> nat -> R -> R) : Prop :=
  let at_time t x i := theta x i t in
  let initial x := softmax (seq 0 n) (at_time 0 x) in
  forall x i, (x < prompts)%nat -> (i < n)%nat ->
  (forall t, 0 < t -> is_derive (theta x i) t
     (Derive (fun s => joint_objective prompts n r initial lam (update (at_time t) x (update (at_time t x) i s))) (theta x i t)))
  /\ filterlim (theta x i) (at_right 0) (locally (theta x i 0)).

Theorem independent_columns prompts n r lam theta x : joint_flow prompts n r lam theta -> (x < prompts)%nat ->
  gradient_flow (seq 0 n) (r x) lam (INR prompts) (theta x).
Proof.
  intros H Hx i Hi. assert (Hin : (i < n)%nat) by (apply in_seq in Hi; tauto).
  destruct (H x i Hx Hin) as [Hd Hc]. split; [|exact Hc]. intros t Ht.
  refine (derive_eq _ _ _ _ (Hd t Ht) _). apply is_derive_unique.
  apply (joint_partial prompts n r (fun y => softmax (seq 0 n) (fun k => theta y k 0)) lam) with (z := fun y k => theta y k t); auto.
  intros y k _ Hk. apply softmax_pos, in_seq. auto with arith.
Qed.

(** The converse: if every column moves by its own gradient, all together move by that of the joint objective. *)
Theorem joint_of_columns prompts n r lam theta :
  (forall x, (x < prompts)%nat -> gradient_flow (seq 0 n) (r x) lam (INR prompts) (theta x)) ->
  joint_flow prompts n r lam theta.
Proof.
  intros H x i Hx Hi.
  assert (Hin : In i (seq 0 n)) by (apply in_seq; auto with arith).
  destruct (H x Hx i Hin) as [Hd Hc]. split; [|exact Hc]. intros t Ht.
  refine (derive_eq _ _ _ _ (Hd t Ht) _). symmetry. apply is_derive_unique.
  apply (joint_partial prompts n r (fun y => softmax (seq 0 n) (fun k => theta y k 0)) lam) with (z := fun y k => theta y k t); auto.
  intros y k _ Hk. apply softmax_pos, in_seq. auto with arith.
Qed.
