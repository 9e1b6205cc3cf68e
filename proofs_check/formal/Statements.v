(** The theorems in full, for a reader who believes no other file: every definition that a statement uses stands in this
    one or in the standard library and Coquelicot ([is_derive], [Derive], [filterlim], [Glb_Rbar]). A theorem bears the
    id of the statement it proves (theory/statements), with an underscore for a hyphen. Prompts are 0, ..., prompts - 1,
    outputs 0, ..., n - 1. The proofs cite the other files; Coq checks that they prove what is written here. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require FiniteSum Moments Calculus Logarithms Divergence PowerLemmas Softmax Flow S3 SlowTeachers Gradient
  JointObjective TwoOutputs Velocity SlowdownByKL
  Growth KLVelocity ObjectiveRises.
Open Scope R_scope.

(** * Definitions *)

(** f 0 + ... + f (n - 1). *)
Definition total (n : nat) (f : nat -> R) : R := FiniteSum.rsum (seq 0 n) f.
Remark total_is (n : nat) (f : nat -> R) : total n f = fold_right Rplus 0 (map f (seq 0 n)).
Proof. unfold total. induction (seq 0 n) as [|a l IH]; simpl; [reflexivity|]. now rewrite IH. Qed.

Definition expectation (n : nat) (p f : nat -> R) : R := total n (fun i => p i * f i).

(** Definition 2, as the mean squared deviation. *)
Definition variance (n : nat) (p f : nat -> R) : R := expectation n p (fun i => (f i - expectation n p f) ^ 2).

Definition divergence (n : nat) (p q : nat -> R) : R := expectation n p (fun i => ln (p i / q i)).

Definition softmax (n : nat) (z : nat -> R) (i : nat) : R := exp (z i) / total n (fun k => exp (z k)).

Definition distribution (n : nat) (p : nat -> R) : Prop := (forall i, (i < n)%nat -> 0 < p i) /\ total n p = 1.

Definition within_1 (n : nat) (r : nat -> R) : Prop := forall i, (i < n)%nat -> -1 <= r i <= 1.

(** [lo] is a lower bound of the probabilities; the statements with min q are those with [lo] = min q. *)
Definition at_least (n : nat) (q : nat -> R) (lo : R) : Prop := 0 < lo /\ forall i, (i < n)%nat -> lo <= q i.

(** Eq. 1 for one prompt: expected reward minus lam times the divergence from the reference policy q. *)
Definition objective (n : nat) (r q : nat -> R) (lam : R) (z : nat -> R) : R :=
  expectation n (softmax n z) (fun i => r i - lam * ln (softmax n z i / q i)).

(** z with its value at i replaced by s. *)
Definition update {X : Type} (z : nat -> X) (i : nat) (s : X) : nat -> X := fun k => if Nat.eqb k i then s else z k.

(** Eq. 1: the mean over the training prompts; z x i is the logit of output i for prompt x (Eq. 3). *)
Definition joint_objective (prompts n : nat) (r q : nat -> nat -> R) (lam : R) (z : nat -> nat -> R) : R :=
  / INR prompts * total prompts (fun x => objective n (r x) (q x) lam (z x)).

(** The policy of a prompt at time t; the logits theta x i are functions of time. *)
Definition policy (n : nat) (theta : nat -> nat -> R -> R) (x : nat) (t : R) : nat -> R := softmax n (fun i => theta x i t).

(** Eq. 4: at positive times each logit moves by the partial derivative of the joint objective, whose reference policy
    is the initial one; at time 0 the logits are continuous from the right. *)
Definition gradient_flow (prompts n : nat) (r : nat -> nat -> R) (lam : R) (theta : nat -> nat -> R -> R) : Prop :=
  let z t x i := theta x i t in
  forall x i, (x < prompts)%nat -> (i < n)%nat ->
  (forall t, 0 < t -> is_derive (theta x i) t
     (Derive (fun s => joint_objective prompts n r (fun x => policy n theta x 0) lam (update (z t) x (update (z t x) i s)))
             (theta x i t)))
  /\ filterlim (theta x i) (at_right 0) (locally (theta x i 0)).

(** The first time (an infimum, infinite if there is none) at which the expectation of g has risen by gamma. *)
Definition hitting_time (n : nat) (p : R -> nat -> R) (g : nat -> R) (gamma : R) : Rbar :=
  Glb_Rbar (fun t => 0 <= t /\ expectation n (p 0) g + gamma <= expectation n (p t) g).

(** The regularised reward of the policy p, and its advantage. *)
Definition rkl (r : nat -> R) (lam : R) (p q : nat -> R) (i : nat) : R := r i - lam * ln (p i / q i).
Definition advantage (n : nat) (r : nat -> R) (lam : R) (p q : nat -> R) (i : nat) : R :=
  rkl r lam p q i - expectation n p (rkl r lam p q).

(** * The flow can exist *)

(** One prompt, two outputs, rewards 1 and -1, no KL: there is a flow, and its reward variance is 1 at the start. *)
Theorem flow_exists : exists theta, let r (x i : nat) := match i with O => 1 | _ => -1 end in
  gradient_flow 1 2 r 0 theta /\ variance 2 (policy 2 theta 0 0) (r 0%nat) = 1.
Proof.
  exists (fun _ => TwoOutputs.two_logits). split; [|exact TwoOutputs.two_outputs_variance].
  apply (JointObjective.joint_of_columns 1 2 (fun _ => TwoOutputs.two_rewards) 0 (fun _ => TwoOutputs.two_logits)).
  intros x _. exact TwoOutputs.two_outputs_flow.
Qed.

(** * Moments, logarithms, differential inequalities *)

Lemma in_outputs n i : In i (seq 0 n) <-> (i < n)%nat.
Proof. rewrite in_seq. lia. Qed.

Lemma outputs_nonempty n : (0 < n)%nat -> seq 0 n <> nil.
Proof. destruct n; [lia|discriminate]. Qed.

Lemma prompts_positive prompts x : (x < prompts)%nat -> 0 < INR prompts.
Proof. intros H. apply lt_0_INR. lia. Qed.

Lemma column prompts n r lam theta x : (x < prompts)%nat -> gradient_flow prompts n r lam theta ->
  Flow.gradient_flow (seq 0 n) (r x) lam (INR prompts) (theta x).
Proof. intros Hx H. now apply JointObjective.independent_columns. Qed.

Lemma column_derive prompts n r lam theta x : (x < prompts)%nat -> gradient_flow prompts n r lam theta ->
  forall t, 0 < t -> forall i, In i (seq 0 n) ->
  is_derive (theta x i) t (policy n theta x t i * advantage n (r x) lam (policy n theta x t) (policy n theta x 0) i / INR prompts).
Proof. intros Hx H t Ht i Hi. destruct (column _ _ _ _ _ _ Hx H i Hi) as [Hd _]. now apply Hd. Qed.

Ltac members := intros; repeat match goal with H : In _ (seq 0 _) |- _ => apply in_outputs in H end; auto.

Theorem def2 n p f : total n p = 1 ->
  variance n p f = / 2 * expectation n p (fun i => expectation n p (fun j => (f i - f j) ^ 2)).
Proof. intros H. exact (Moments.var_pairs (seq 0 n) p H f). Qed.

Theorem lem1 (c p T : R) (g dg : R -> R) : let bracket := 1 - c * (p - 1) * Rpower (g 0) (p - 1) * T in
  1 < p -> 0 <= T -> (forall t, 0 <= t <= T -> 0 < g t /\ continuous g t) ->
  (forall t, 0 < t < T -> is_derive g t (dg t) /\ dg t <= c * Rpower (g t) p) -> 0 < bracket ->
  g T <= g 0 / Rpower bracket (/ (p - 1)).
Proof. intros b Hp HT Hg Hd Hb. apply PowerLemmas.lem1 with dg; auto; intros t Ht; try apply Hg; try apply Hd; auto. Qed.

Theorem lem2 (c p T : R) (g dg : R -> R) : let bracket := 1 - c * (p - 1) * Rpower (g 0) (p - 1) * T in
  1 < p -> 0 <= T -> (forall t, 0 <= t <= T -> 0 < g t /\ continuous g t) ->
  (forall t, 0 < t < T -> is_derive g t (dg t) /\ c * Rpower (g t) p <= dg t) -> 0 < bracket ->
  g 0 / Rpower bracket (/ (p - 1)) <= g T.
Proof. intros b Hp HT Hg Hd Hb. apply PowerLemmas.lem2 with dg; auto; intros t Ht; try apply Hg; try apply Hd; auto. Qed.

Theorem lem3 n p q lo : distribution n p -> distribution n q -> at_least n q lo -> divergence n p q <= ln (/ lo).
Proof. intros [Hp Hp1] [Hq Hq1] [Hl Hlo]. apply (Divergence.lem3 (seq 0 n) p q); members. Qed.

Theorem lem4 p q : 0 < p -> 0 < q -> - (p ^ 2 * ln (p / q)) <= q ^ 2 / (2 * exp 1).
Proof. exact (Logarithms.lem4 p q). Qed.

(** * The tabular policy gradient and the flow *)

(** Lemma 7: the partial derivative of the objective of one prompt, and of the joint objective. *)
Theorem lem7 n r q lam z i : (i < n)%nat -> (forall k, (k < n)%nat -> 0 < q k) ->
  is_derive (fun s => objective n r q lam (update z i s)) (z i) (softmax n z i * advantage n r lam (softmax n z) q i).
Proof. intros Hi Hq. apply (JointObjective.objective_partial n r q lam); members. now apply in_outputs. Qed.

Theorem independent_columns prompts n r q lam z x i : (x < prompts)%nat -> (i < n)%nat ->
  (forall x k, (x < prompts)%nat -> (k < n)%nat -> 0 < q x k) ->
  let p := softmax n (z x) in
  is_derive (fun s => joint_objective prompts n r q lam (update z x (update (z x) i s))) (z x i)
    (p i * advantage n (r x) lam p (q x) i / INR prompts).
Proof. intros Hx Hi Hq. apply (JointObjective.joint_partial prompts n r q lam Hq z x i Hx Hi). Qed.

(** Lemma 8: the l1 norm of that gradient. *)
Theorem lem8 n r q lam p : distribution n p ->
  total n (fun i => Rabs (p i * advantage n r lam p q i)) <= sqrt (variance n p (rkl r lam p q)).
Proof. intros [Hp Hp1]. apply (Gradient.lem8 (seq 0 n) p (advantage n r lam p q)); [|exact Hp1].
  intros i Hi. apply Rlt_le, Hp. now apply in_outputs.
Qed.

(** The motion of the reward variance, and how fast it can grow: the paper's rate, and half of it. *)
Theorem var_flow prompts n r lam theta x t : (x < prompts)%nat -> (0 < n)%nat -> gradient_flow prompts n r lam theta -> 0 < t ->
  let p := policy n theta x in let Var s := variance n (p s) (rkl (r x) lam (p s) (p 0)) in
  let A := advantage n (r x) lam (p t) (p 0) in
  is_derive Var t ((total n (fun i => p t i ^ 2 * A i ^ 3) - Var t * total n (fun i => p t i ^ 2 * A i)
                    - 2 * lam * total n (fun i => p t i ^ 2 * A i ^ 2)) / INR prompts).
Proof.
  intros Hx Hn Hflow Ht p Var A.
  exact (Flow.sigma2_derive (seq 0 n) (r x) lam (INR prompts) (theta x) (outputs_nonempty n Hn) (prompts_positive _ _ Hx) t
    (column_derive _ _ _ _ _ _ Hx Hflow t Ht)).
Qed.

Theorem s3_var_rate prompts n r lam theta x t : (x < prompts)%nat -> (0 < n)%nat -> 0 <= lam ->
  gradient_flow prompts n r lam theta -> 0 < t ->
  let p := policy n theta x in let Var s := variance n (p s) (rkl (r x) lam (p s) (p 0)) in
  INR prompts * Derive Var t <= / 2 * (Var t * sqrt (Var t)).
Proof.
  intros Hx Hn Hlam Hflow Ht p Var.
  eassert (E : Derive Var t = _) by (apply is_derive_unique, (var_flow _ _ _ _ _ _ t Hx Hn Hflow Ht)). rewrite E.
  pose proof (prompts_positive _ _ Hx) as HS.
  pose proof (Flow.sigma2_rate (seq 0 n) (r x) lam (INR prompts) (theta x) (outputs_nonempty n Hn) HS t Hlam) as H.
  apply (Rmult_le_compat_l (INR prompts)) in H; [|lra]. eapply Rle_trans; [exact H|]. right.
  change (Flow.sigma2 (seq 0 n) (r x) lam (theta x) t) with (Var t). field. lra.
Qed.

Theorem var_rate prompts n r lam theta x t : (x < prompts)%nat -> (0 < n)%nat -> 0 <= lam ->
  gradient_flow prompts n r lam theta -> 0 < t ->
  let p := policy n theta x in let Var s := variance n (p s) (rkl (r x) lam (p s) (p 0)) in
  INR prompts * Derive Var t <= Var t * sqrt (Var t).
Proof.
  intros Hx Hn Hlam Hflow Ht p Var. pose proof (s3_var_rate prompts n r lam theta x t Hx Hn Hlam Hflow Ht) as H.
  change (INR prompts * Derive Var t <= / 2 * (Var t * sqrt (Var t))) in H.
  assert (0 <= Var t * sqrt (Var t)); [|lra]. apply Rmult_le_pos; [|apply sqrt_pos].
  apply (Moments.var_nonneg (seq 0 n) (p t)). intros i Hi. apply Rlt_le, Softmax.softmax_pos, Hi.
Qed.

Theorem s3_value_rate prompts n r g lam theta x t : (x < prompts)%nat -> (0 < n)%nat -> within_1 n g ->
  gradient_flow prompts n r lam theta -> 0 < t ->
  let p := policy n theta x in
  INR prompts * Derive (fun s => expectation n (p s) g) t <= / 2 * sqrt (variance n (p t) (rkl (r x) lam (p t) (p 0))).
Proof.
  intros Hx Hn Hg Hflow Ht p. pose proof (prompts_positive _ _ Hx) as HS.
  eassert (E : Derive (fun s => expectation n (p s) g) t = _).
  { apply is_derive_unique, (Flow.value_derive (seq 0 n) (r x) lam (INR prompts) (theta x) (outputs_nonempty n Hn) HS t
      (column_derive _ _ _ _ _ _ Hx Hflow t Ht) g). }
  rewrite E.
  pose proof (Flow.value_rate (seq 0 n) (r x) lam (INR prompts) (theta x) (outputs_nonempty n Hn) HS t g) as H.
  assert (Hg' : forall i, In i (seq 0 n) -> -1 <= g i <= 1) by members.
  specialize (H Hg'). apply (Rmult_le_compat_l (INR prompts)) in H; [|lra]. eapply Rle_trans; [exact H|]. right.
  change (Flow.sigma2 (seq 0 n) (r x) lam (theta x) t) with (variance n (p t) (rkl (r x) lam (p t) (p 0))). field. lra.
Qed.

(** Lemma 9. *)
Theorem lem9 prompts n r lam theta x t i : (x < prompts)%nat -> (i < n)%nat -> gradient_flow prompts n r lam theta -> 0 < t ->
  let p := policy n theta x in let V := expectation n (p t) (r x) in let KL := divergence n (p t) (p 0) in
  let logratio k := ln (p t k / p 0 k) in
  is_derive (fun s => p s i) t
    (/ INR prompts * p t i * (p t i * (r x i - V) - total n (fun k => p t k ^ 2 * (r x k - V)))
     - lam / INR prompts * p t i * (p t i * (logratio i - KL) - total n (fun k => p t k ^ 2 * (logratio k - KL)))).
Proof.
  intros Hx Hi Hflow Ht p V KL logratio.
  apply (Velocity.lem9 (seq 0 n) (r x) lam (INR prompts) (theta x) t (prompts_positive _ _ Hx)
    (column_derive _ _ _ _ _ _ Hx Hflow t Ht)). now apply in_outputs.
Qed.

(** S-L11, for any set of outputs; the register has the case of one output. *)
Theorem s_lem11_set n p q lo (inside : nat -> bool) : distribution n p -> distribution n q -> at_least n q lo ->
  let on i := if inside i then 1 else 0 in let P := total n (fun i => on i * p i) in
  let B i := p i * (ln (p i / q i) - divergence n p q) in
  total n (fun i => on i * (p i * (B i - total n (fun k => p k * B k)))) <= ln (/ lo) * P * (1 - P) * (1 + P).
Proof. intros [Hp Hp1] [Hq Hq1] [Hl Hlo]. apply (SlowdownByKL.s_lem11 (seq 0 n) p q inside lo); members. Qed.

Theorem lem11 n p q lo i : distribution n p -> distribution n q -> at_least n q lo -> (i < n)%nat ->
  let KL := divergence n p q in
  Rabs (p i ^ 2 * (ln (p i / q i) - KL) - p i * total n (fun k => p k ^ 2 * (ln (p k / q k) - KL)))
    <= p i * (2 * ln (/ lo) + / (2 * exp 1)).
Proof.
  intros [Hp Hp1] [Hq Hq1] [Hl Hlo] Hi. apply (KLVelocity.lem11 (seq 0 n) p q lo); members. now apply in_outputs.
Qed.

Theorem s_lem11 n p q lo i : distribution n p -> distribution n q -> at_least n q lo -> (i < n)%nat ->
  let KL := divergence n p q in
  p i * (ln (p i / q i) - KL) - total n (fun k => p k ^ 2 * (ln (p k / q k) - KL)) <= (1 - p i ^ 2) * ln (/ lo).
Proof.
  intros Dp Dq Dl Hi KL. pose proof (s_lem11_set n p q lo (fun k => Nat.eqb k i) Dp Dq Dl) as H. cbv zeta beta in H.
  assert (Hin : In i (seq 0 n)) by now apply in_outputs.
  unfold total in *.
  rewrite !(FiniteSum.rsum_single (seq 0 n) (fun k => (if Nat.eqb k i then 1 else 0) * p k) i (seq_NoDup n 0) Hin) in H
    by (intros k _ Hk; now rewrite (proj2 (Nat.eqb_neq k i) Hk), Rmult_0_l).
  rewrite (FiniteSum.rsum_single (seq 0 n) (fun k => (if Nat.eqb k i then 1 else 0) * _) i (seq_NoDup n 0) Hin) in H
    by (intros k _ Hk; now rewrite (proj2 (Nat.eqb_neq k i) Hk), Rmult_0_l).
  rewrite Nat.eqb_refl, !Rmult_1_l in H. fold KL in H.
  rewrite (FiniteSum.rsum_ext (seq 0 n) (fun k => p k * (p k * (ln (p k / q k) - KL))) (fun k => p k ^ 2 * (ln (p k / q k) - KL))) in H
    by (intros; ring).
  destruct Dp as [Hp _]. specialize (Hp i Hi). apply Rmult_le_reg_l with (p i); auto.
  eapply Rle_trans; [exact H|]. right. ring.
Qed.

(** The mass of the outputs of a set grows at most exponentially: the paper's rate, and the best one. *)
Theorem s_lem10 prompts n r lam theta x lo (inside : nat -> bool) t : (x < prompts)%nat -> (0 < n)%nat -> 0 <= lam ->
  within_1 n (r x) -> gradient_flow prompts n r lam theta -> let p := policy n theta x in at_least n (p 0) lo -> 0 <= t ->
  let mass s := total n (fun i => (if inside i then 1 else 0) * p s i) in
  mass t <= mass 0 * exp ((16 / 27 + 2 * lam * ln (/ lo)) * t / INR prompts).
Proof.
  intros Hx Hn Hlam Hr Hflow p [Hl Hlo] Ht.
  apply (Growth.s_lem10 (seq 0 n) (r x) lam (INR prompts) lo (theta x) inside t (outputs_nonempty n Hn) (prompts_positive _ _ Hx)
    Hlam); members. now apply column.
Qed.

Theorem lem10 prompts n r lam theta x lo (inside : nat -> bool) t : (x < prompts)%nat -> (0 < n)%nat -> 0 <= lam ->
  within_1 n (r x) -> gradient_flow prompts n r lam theta -> let p := policy n theta x in at_least n (p 0) lo -> 0 <= t ->
  let mass s := total n (fun i => (if inside i then 1 else 0) * p s i) in
  mass t <= mass 0 * exp ((4 + 2 * lam * ln (/ lo)) * t / INR prompts).
Proof.
  intros Hx Hn Hlam Hr Hflow p Hlo Ht mass.
  eapply Rle_trans; [apply (s_lem10 prompts n r lam theta x lo inside t Hx Hn Hlam Hr Hflow Hlo Ht)|].
  pose proof (prompts_positive _ _ Hx) as HS. apply Rmult_le_compat_l.
  - apply FiniteSum.rsum_nonneg. intros i Hi. apply Rmult_le_pos; [destruct (inside i); lra|].
    now apply Rlt_le, Softmax.softmax_pos.
  - assert (H : (16 / 27 + 2 * lam * ln (/ lo)) * t / INR prompts <= (4 + 2 * lam * ln (/ lo)) * t / INR prompts).
    { apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; auto|]. apply Rmult_le_compat_r; lra. }
    destruct H as [H|H]; [left; now apply exp_increasing|right; now rewrite H].
Qed.

Theorem objective_rises prompts n r lam theta x s t : (x < prompts)%nat -> (0 < n)%nat -> gradient_flow prompts n r lam theta ->
  0 <= s <= t -> let p := policy n theta x in let phi u := expectation n (p u) (rkl (r x) lam (p u) (p 0)) in phi s <= phi t.
Proof.
  intros Hx Hn Hflow Hst. apply (ObjectiveRises.objective_rises (seq 0 n) (r x) lam (INR prompts) (theta x) s t
    (outputs_nonempty n Hn) (prompts_positive _ _ Hx) (column _ _ _ _ _ _ Hx Hflow) Hst).
Qed.

Theorem proxy_rises prompts n r lam theta x t : (x < prompts)%nat -> (0 < n)%nat -> 0 <= lam ->
  gradient_flow prompts n r lam theta -> 0 <= t ->
  let p := policy n theta x in expectation n (p 0) (r x) <= expectation n (p t) (r x).
Proof.
  intros Hx Hn Hlam Hflow Ht. apply (ObjectiveRises.proxy_rises (seq 0 n) (r x) lam (INR prompts) (theta x) t
    (outputs_nonempty n Hn) (prompts_positive _ _ Hx) Hlam (column _ _ _ _ _ _ Hx Hflow) Ht).
Qed.

(** * Hitting times of a tabular policy: lower bounds *)

Theorem s3 prompts n r g lam theta x gamma : (x < prompts)%nat -> 0 <= lam -> within_1 n g ->
  gradient_flow prompts n r lam theta ->
  let p := policy n theta x in let Var0 := variance n (p 0) (r x) in 0 < Var0 ->
  Rbar_le (4 * INR prompts * (1 - exp (- gamma / 2)) / sqrt Var0) (hitting_time n p g gamma).
Proof.
  intros Hx Hlam Hg Hflow p Var0 HV.
  assert (Hn : (0 < n)%nat) by (destruct n; [exfalso; revert HV; unfold Var0, variance, expectation, total; simpl; lra|lia]).
  apply (S3.s3_hitting_time (seq 0 n) (r x) g lam (INR prompts) gamma (theta x) (outputs_nonempty n Hn) (prompts_positive _ _ Hx)
    Hlam); [members|now apply column|exact HV].
Qed.

Theorem prop3 prompts n r g lam theta x gamma : (x < prompts)%nat -> 0 <= lam -> within_1 n g -> 0 < gamma ->
  gradient_flow prompts n r lam theta ->
  let p := policy n theta x in let Var0 := variance n (p 0) (r x) in 0 < Var0 ->
  Rbar_le (2 * INR prompts * (1 - exp (- gamma / 2)) / sqrt Var0) (hitting_time n p g gamma).
Proof.
  intros Hx Hlam Hg Hgamma Hflow p Var0 HV. eapply Rbar_le_trans; [|now apply (s3 prompts n r g lam theta x gamma)].
  simpl. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, sqrt_lt_R0, HV|].
  pose proof (prompts_positive _ _ Hx).
  assert (exp (- gamma / 2) < 1) by (rewrite <- exp_0; apply exp_increasing; lra). nra.
Qed.

(** Rewards in an interval of length 1/T. *)
Theorem s_thm5 prompts n r g lam theta x gamma lo T : (x < prompts)%nat -> (0 < n)%nat -> 0 <= lam -> within_1 n g ->
  gradient_flow prompts n r lam theta -> 0 < T -> (forall i, (i < n)%nat -> lo <= r x i <= lo + / T) ->
  Rbar_le (8 * INR prompts * (1 - exp (- gamma / 2)) * T) (hitting_time n (policy n theta x) g gamma).
Proof.
  intros Hx Hn Hlam Hg Hflow HT Hr. apply Glb_Rbar_correct. intros t [Ht Hgain].
  apply (SlowTeachers.s_thm5_slow (seq 0 n) (r x) g lam (INR prompts) gamma (theta x)) with (lo := lo); try members;
    [now apply outputs_nonempty|now apply (prompts_positive prompts x)|now apply column].
Qed.

Theorem thm5_slow prompts n r g lam theta x gamma lo T : (x < prompts)%nat -> (0 < n)%nat -> 0 <= lam -> within_1 n g ->
  0 < gamma -> gradient_flow prompts n r lam theta -> 0 < T -> (forall i, (i < n)%nat -> lo <= r x i <= lo + / T) ->
  Rbar_le (2 * INR prompts * (1 - exp (- gamma / 2)) * T) (hitting_time n (policy n theta x) g gamma).
Proof.
  intros Hx Hn Hlam Hg Hgamma Hflow HT Hr. eapply Rbar_le_trans; [|now apply (s_thm5 prompts n r g lam theta x gamma lo T)].
  simpl. pose proof (prompts_positive _ _ Hx).
  assert (exp (- gamma / 2) < 1) by (rewrite <- exp_0; apply exp_increasing; lra).
  apply Rmult_le_compat_r; nra.
Qed.

(** +1 on the output y, of initial probability q, and -1 elsewhere. *)
Theorem s_thm6 prompts n r g lam theta x gamma y : (x < prompts)%nat -> (1 < n)%nat -> 0 <= lam -> within_1 n g ->
  gradient_flow prompts n r lam theta -> (y < n)%nat -> r x y = 1 -> (forall i, (i < n)%nat -> i <> y -> r x i = -1) ->
  let p := policy n theta x in let q := p 0 y in
  Rbar_le (2 * INR prompts * (1 - exp (- gamma / 2)) / sqrt (q * (1 - q))) (hitting_time n p g gamma).
Proof.
  intros Hx Hn Hlam Hg Hflow Hy H1 H2 p q. apply Glb_Rbar_correct. intros t [Ht Hgain]. simpl.
  assert (Hq : 0 < q * (1 - q)).
  { pose proof (SlowTeachers.two_outputs_below_1 n (fun k => theta x k 0) y Hn Hy) as H. fold (policy n theta x 0) in H.
    change (0 < q < 1) in H. apply Rmult_lt_0_compat; lra. }
  apply sqrt_lt_R0 in Hq.
  apply Rmult_le_reg_r with (sqrt (q * (1 - q))); auto. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  rewrite (Rmult_comm t).
  apply (SlowTeachers.s_thm6_slow (seq 0 n) (r x) g lam (INR prompts) gamma (theta x) y t (seq_NoDup n 0)); try members;
    [now apply in_outputs|now apply (prompts_positive prompts x)|now apply column].
Qed.

(** The same where that output is as rare as 1/T^2. *)
Theorem thm6_slow prompts n r g lam theta x gamma y T : (x < prompts)%nat -> (1 < n)%nat -> 0 <= lam -> within_1 n g ->
  0 < gamma -> gradient_flow prompts n r lam theta -> (y < n)%nat -> r x y = 1 ->
  (forall i, (i < n)%nat -> i <> y -> r x i = -1) ->
  0 < T -> policy n theta x 0 y <= / T ^ 2 ->
  Rbar_le (INR prompts / sqrt 2 * (1 - exp (- gamma / 2)) * T) (hitting_time n (policy n theta x) g gamma).
Proof.
  intros Hx Hn Hlam Hg Hgamma Hflow Hy H1 H2 HT Hq.
  eapply Rbar_le_trans; [|now apply (s_thm6 prompts n r g lam theta x gamma y)]. simpl.
  set (q := policy n theta x 0 y) in *. pose proof (prompts_positive _ _ Hx).
  assert (exp (- gamma / 2) < 1) by (rewrite <- exp_0; apply exp_increasing; lra).
  pose proof (SlowTeachers.two_outputs_below_1 n (fun k => theta x k 0) y Hn Hy) as Hq01.
  change (0 < q < 1) in Hq01.
  assert (Hs : 0 < sqrt (q * (1 - q)) <= / T).
  { split; [apply sqrt_lt_R0; nra|]. rewrite <- (sqrt_pow2 (/ T)) by (apply Rlt_le, Rinv_0_lt_compat; auto).
    apply sqrt_le_1_alt. rewrite pow_inv by lra. nra. }
  assert (HsT : T <= / sqrt (q * (1 - q))).
  { rewrite <- (Rinv_inv T). apply Rinv_le_contravar; lra. }
  assert (Hs2 : / sqrt 2 <= 1).
  { rewrite <- Rinv_1. apply Rinv_le_contravar; [lra|]. rewrite <- sqrt_1 at 1. apply sqrt_le_1_alt; lra. }
  assert (Hs2p : 0 < / sqrt 2) by (apply Rinv_0_lt_compat, sqrt_lt_R0; lra).
  assert (Ha : 0 <= INR prompts * (1 - exp (- gamma / 2))) by (apply Rmult_le_pos; lra).
  unfold Rdiv.
  replace (INR prompts * / sqrt 2 * (1 - exp (- gamma * / 2)) * T)
    with (INR prompts * (1 - exp (- gamma / 2)) * (/ sqrt 2 * T)) by (unfold Rdiv; ring).
  replace (2 * INR prompts * (1 - exp (- gamma * / 2)) * / sqrt (q * (1 - q)))
    with (INR prompts * (1 - exp (- gamma / 2)) * (2 * / sqrt (q * (1 - q)))) by (unfold Rdiv; ring).
  apply Rmult_le_compat_l; auto. nra.
Qed.
