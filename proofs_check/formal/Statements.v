(** The theorems in full, for a reader who believes no other file: every definition that a statement uses stands in this
    one or in the standard library and Coquelicot ([is_derive], [Derive], [filterlim], [Glb_Rbar]). A theorem bears the
    id of the statement it proves (theory/statements), with an underscore for a hyphen. Prompts are 0, ..., prompts - 1,
    outputs 0, ..., n - 1. The proofs cite the other files; Coq checks that they prove what is written here. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require FiniteSum Moments Calculus Logarithms Divergence PowerLemmas Softmax Flow S3 SlowTeachers Gradient
  JointObjective TwoOutputs Velocity SlowdownByKL
  Growth KLVelocity ObjectiveRises Differentiable FisherForm Sequences Autoregressive MovingPolicy ParameterFlow
  ParameterTimes HalfRate PaperRates FisherComparison Martingale Integrable BestOfN Arrival GoodSet
  UpperBounds PaperUpperBounds Accuracy FisherTime.
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

(** * Hitting times of a tabular policy: upper bounds *)

(** The mass and the number of the outputs of a set, and G with G' = 1 / (p^2 (1-p)^2). *)
Definition mass (n : nat) (set : nat -> bool) (p : nat -> R) : R := total n (fun i => (if set i then 1 else 0) * p i).
Definition size (n : nat) (set : nat -> bool) : R := total n (fun i => if set i then 1 else 0).
Definition span (p : R) : R := 2 * ln (p / (1 - p)) + (2 * p - 1) / (p * (1 - p)).

Lemma hits n p g gamma bound : (exists t, 0 <= t <= bound /\ expectation n (p 0) g + gamma <= expectation n (p t) g) ->
  Rbar_le (hitting_time n p g gamma) bound.
Proof.
  intros (t & Ht & Hgain). apply (Rbar_le_trans _ t); [|simpl; lra].
  apply (Glb_Rbar_correct (fun t => 0 <= t /\ expectation n (p 0) g + gamma <= expectation n (p t) g)). split; [lra|exact Hgain].
Qed.

(** S-P4. Good outputs have true rewards of at least gmin, and rewards of the model in [top - d, top]; [bad] are others
    that may be above the mean; the rest is at most h and at most the mean. No true reward is below w. *)
Theorem s_prop4 prompts n r g lam theta x gamma lo (good bad : nat -> bool) top h d gmin w :
  (x < prompts)%nat -> 0 <= lam -> within_1 n (r x) -> gradient_flow prompts n r lam theta -> 0 < gamma ->
  let p := policy n theta x in at_least n (p 0) lo ->
  let V0 := expectation n (p 0) (r x) in let goal := expectation n (p 0) g + gamma in
  (exists i, (i < n)%nat /\ good i = true) ->
  (forall i, (i < n)%nat -> good i = true -> gmin <= g i /\ top - d <= r x i <= top) ->
  (forall i, (i < n)%nat -> w <= g i) -> goal < gmin ->
  (forall i, (i < n)%nat -> good i = false -> bad i = false -> r x i <= h /\ r x i <= V0) -> -1 <= h ->
  let rho := (goal - w) / (gmin - w) in let kappa := top - h - d / (1 - rho) in
  let N := size n good in let P0 := mass n good (p 0) in let M := ln (/ lo) in
  let b := mass n bad (p 0) * exp ((16 / 27 + 2 * lam * M) * (2 * N / kappa * (span rho - span P0))) in
  let loss := N * lam * M / kappa * (/ P0 + 2 / (1 - rho)) + 2 * b / (kappa * (1 - rho))
              + 2 * N * b ^ 2 / (kappa * P0 * (1 - rho) ^ 2) in
  0 < kappa -> loss <= 1 / 2 \/ (loss < 1 /\ forall i, (i < n)%nat -> bad i = false) ->
  Rbar_le (hitting_time n p g gamma) (INR prompts * N / kappa * (span rho - span P0) / (1 - loss)).
Proof.
  intros Hx Hlam Hr Hflow Hgamma p [Hl Hlo] V0 goal (i0 & Hi0 & Eg0) Hgood Hw Hgoal Hother Hh rho kappa N P0 M b loss Hkappa Hloss.
  assert (Hn : (0 < n)%nat) by lia. apply hits.
  apply (UpperBounds.s_prop4 (seq 0 n) (r x) g lam (INR prompts) lo gamma (theta x) good bad top h d gmin w); auto; try members.
  - now apply outputs_nonempty.
  - now apply (prompts_positive prompts x).
  - now apply column.
  - exists i0. split; [now apply in_outputs|exact Eg0].
  - now apply Hgood.
  - now apply Hgood.
  - destruct Hloss as [H|[H1 H2]]; [now left|right]. split; [exact H1|]. members.
Qed.

(** One output: its mass is its probability. *)
Lemma single_mass n y p : (y < n)%nat -> mass n (Nat.eqb y) p = p y /\ size n (Nat.eqb y) = 1.
Proof.
  intros Hy.
  destruct (PaperUpperBounds.single_count (seq 0 n) (Nat.eqb y) y (seq_NoDup n 0) (proj2 (in_outputs n y) Hy)) as [H1 H2].
  - intros i _. rewrite Nat.eqb_eq. split; congruence.
  - split; [apply (H1 p)|exact H2].
Qed.

(** S-T5: one good output y, all others at most h and at most the mean. *)
Theorem s_thm5_fast prompts n r g lam theta x gamma lo y h w :
  (x < prompts)%nat -> 0 <= lam -> within_1 n (r x) -> gradient_flow prompts n r lam theta -> 0 < gamma ->
  let p := policy n theta x in at_least n (p 0) lo ->
  let V0 := expectation n (p 0) (r x) in let goal := expectation n (p 0) g + gamma in
  (y < n)%nat -> goal < g y -> (forall i, (i < n)%nat -> w <= g i) ->
  (forall i, (i < n)%nat -> i <> y -> r x i <= h /\ r x i <= V0) -> -1 <= h ->
  let rho := (goal - w) / (g y - w) in let kappa := r x y - h in
  let loss := lam * ln (/ lo) / kappa * (/ p 0 y + 2 / (1 - rho)) in
  0 < kappa -> loss < 1 ->
  Rbar_le (hitting_time n p g gamma) (INR prompts / kappa * (span rho - span (p 0 y)) / (1 - loss)).
Proof.
  intros Hx Hlam Hr Hflow Hgamma p Hlo V0 goal Hy Hgoal Hw Hother Hh rho kappa loss Hkappa Hloss.
  destruct (single_mass n y (p 0) Hy) as [E1 E2].
  assert (E3 : mass n (fun _ => false) (p 0) = 0).
  { transitivity (total n (fun _ => 0)); [|apply FiniteSum.rsum_zero]. apply FiniteSum.rsum_ext. intros i _. apply Rmult_0_l. }
  assert (Hrho : 1 - rho <> 0).
  { unfold rho. intros E. assert (Hwg : w < g y).
    { eapply Rle_lt_trans; [|exact Hgoal]. unfold goal.
      pose proof (UpperBounds.w_le_mean (seq 0 n) g (theta x) w (outputs_nonempty n ltac:(lia))) as Hm.
      assert (w <= expectation n (p 0) g); [|lra]. apply Hm. members. }
    apply (Rmult_eq_compat_r (g y - w)) in E. unfold Rdiv in E. rewrite Rmult_minus_distr_r, Rmult_assoc, Rinv_l in E by lra. lra. }
  pose proof (s_prop4 prompts n r g lam theta x gamma lo (Nat.eqb y) (fun _ => false) (r x y) h 0 (g y) w Hx Hlam Hr Hflow Hgamma Hlo) as H.
  cbv zeta in H. fold p in H. rewrite E1, E2, E3 in H. fold goal in H. fold rho in H.
  replace (r x y - h - 0 / (1 - rho)) with kappa in H by (unfold kappa; field; auto).
  assert (Hp0 : 0 < p 0 y) by (destruct Hlo as [Hl Hlo]; specialize (Hlo y Hy); lra).
  replace (1 * lam * ln (/ lo) / kappa * (/ p 0 y + 2 / (1 - rho)) + 2 * (0 * exp ((16 / 27 + 2 * lam * ln (/ lo)) * (2 * 1 / kappa * (span rho - span (p 0 y)))))
      / (kappa * (1 - rho)) + 2 * 1 * (0 * exp ((16 / 27 + 2 * lam * ln (/ lo)) * (2 * 1 / kappa * (span rho - span (p 0 y))))) ^ 2 / (kappa * p 0 y * (1 - rho) ^ 2))
    with loss in H by (unfold loss; field; repeat split; lra).
  replace (INR prompts * 1 / kappa) with (INR prompts / kappa) in H by (unfold Rdiv; ring).
  apply H; auto.
  - exists y. split; [exact Hy|apply Nat.eqb_refl].
  - intros i Hi Eg. apply Nat.eqb_eq in Eg. subst i. lra.
  - intros i Hi Eg _. apply Hother; auto. intros ->. rewrite Nat.eqb_refl in Eg. discriminate.
Qed.

(** S-T6: +1 on one good output y, -1 on all others. *)
Theorem s_thm6_fast prompts n r g lam theta x gamma lo y w :
  (x < prompts)%nat -> 0 <= lam -> gradient_flow prompts n r lam theta -> 0 < gamma ->
  let p := policy n theta x in at_least n (p 0) lo -> let goal := expectation n (p 0) g + gamma in
  (y < n)%nat -> (1 < n)%nat -> r x y = 1 -> (forall i, (i < n)%nat -> i <> y -> r x i = -1) ->
  goal < g y -> (forall i, (i < n)%nat -> w <= g i) ->
  let rho := (goal - w) / (g y - w) in let kappa := 2 * INR n / (INR n - 1) in
  let loss := lam * ln (/ lo) / kappa * (/ p 0 y + 2 / (1 - rho)) in loss < 1 ->
  Rbar_le (hitting_time n p g gamma) (INR prompts / kappa * (span rho - span (p 0 y)) / (1 - loss)).
Proof.
  intros Hx Hlam Hflow Hgamma p [Hl Hlo] goal Hy Hn1 H1 H2 Hgoal Hw rho kappa loss Hloss.
  destruct (single_mass n y (p 0) Hy) as [E1 E2]. apply hits.
  assert (Hy' : In y (seq 0 n)) by now apply in_outputs.
  destruct (PaperUpperBounds.single_count (seq 0 n) (Nat.eqb y) y (seq_NoDup n 0) Hy') as [Hs1 Hs2].
  { intros i _. rewrite Nat.eqb_eq. split; congruence. }
  pose proof (UpperBounds.s_thm6_fast (seq 0 n) (r x) g lam (INR prompts) lo gamma (theta x) (Nat.eqb y) (g y) w) as H.
  rewrite Hs1 in H.
  apply H with (K := INR n); clear H; auto; try members.
  - now apply outputs_nonempty; lia.
  - now apply (prompts_positive prompts x).
  - now apply column.
  - exists y. split; [now apply in_outputs|apply Nat.eqb_refl].
  - apply Nat.eqb_eq in H0. subst. lra.
  - apply Nat.eqb_eq in H0. now subst.
  - apply H2; auto. intros ->. rewrite Nat.eqb_refl in H0. discriminate.
  - rewrite (FiniteSum.rsum_minus (seq 0 n) (fun _ => 1) (GoodSet.on (Nat.eqb y))), Hs2.
    assert (E : forall l : list nat, FiniteSum.rsum l (fun _ => 1) = INR (length l)).
    { induction l as [|k l IH]; [reflexivity|]. cbn [FiniteSum.rsum length]. rewrite IH, S_INR. ring. }
    now rewrite E, seq_length.
  - now apply (lt_INR 1).
  - rewrite Hs1. rewrite (Hs1 (fun i => Flow.policy (seq 0 n) (theta x) t i ^ 2)). lra.
Qed.

(** Proposition 4, for every set of good outputs; [rho] with the paper's -1 in place of w. *)
Theorem prop4 prompts n r g lam theta x gamma lo (good bad : nat -> bool) top spread gmin :
  (x < prompts)%nat -> 0 <= lam -> within_1 n (r x) -> within_1 n g -> gradient_flow prompts n r lam theta -> 0 < gamma ->
  let p := policy n theta x in at_least n (p 0) lo ->
  let V0 := expectation n (p 0) (r x) in let goal := expectation n (p 0) g + gamma in
  (exists i, (i < n)%nat /\ good i = true) ->
  (forall i, (i < n)%nat -> good i = true -> gmin <= g i /\ top - spread <= r x i <= top) -> top <= 1 -> goal < gmin ->
  (forall i, (i < n)%nat -> good i = false -> V0 < r x i -> bad i = true) ->
  let rho := (goal + 1) / (gmin + 1) in let delta := (1 - rho) * (top - V0) - spread in
  let N := size n good in let P0 := mass n good (p 0) in let M := ln (/ lo) in
  0 < delta -> lam <= P0 * (1 - rho) * delta / (8 * N * (2 * M + / (2 * exp 1))) ->
  mass n bad (p 0) <= P0 ^ 2 * (1 - rho) * delta / (16 * N) * exp (- (20 * N / ((1 - rho) * delta)) * (/ P0 - / rho)) ->
  Rbar_le (hitting_time n p g gamma) (4 * INR prompts * N / ((1 - rho) * delta) * (/ P0 - / rho)).
Proof.
  intros Hx Hlam Hr Hg Hflow Hgamma p [Hl Hlo] V0 goal (i0 & Hi0 & Eg0) Hgood Htop Hgoal Hbad rho delta N P0 M Hdelta Hsmall Hmass.
  assert (Hn : (0 < n)%nat) by lia. apply hits.
  apply (PaperUpperBounds.prop4 (seq 0 n) (r x) g lam (INR prompts) lo gamma (theta x) good bad gmin) with (Rtop := top) (spread := spread);
    auto; try members.
  - now apply outputs_nonempty.
  - now apply (prompts_positive prompts x).
  - now apply column.
  - exists i0. split; [now apply in_outputs|exact Eg0].
  - now apply Hgood.
  - now apply Hg.
  - now apply Hgood.
Qed.

(** Theorem 5, fast: the good output y has the highest reward, by a gap between 1 - pi0(y) and 1. *)
Theorem thm5_fast prompts n r g lam theta x gamma lo y :
  (x < prompts)%nat -> 0 <= lam -> within_1 n (r x) -> within_1 n g -> gradient_flow prompts n r lam theta -> 0 < gamma ->
  let p := policy n theta x in at_least n (p 0) lo -> let goal := expectation n (p 0) g + gamma in
  (y < n)%nat -> goal < g y -> (forall i, (i < n)%nat -> i <> y -> 1 - p 0 y < r x y - r x i < 1) ->
  let rho := (goal + 1) / (g y + 1) in
  lam <= p 0 y * (1 - rho) ^ 4 / (8 * (/ (2 * exp 1) + 2 * ln (/ lo))) ->
  Rbar_le (hitting_time n p g gamma) (4 * INR prompts / (1 - rho) ^ 4 * (/ p 0 y - / rho)).
Proof.
  intros Hx Hlam Hr Hg Hflow Hgamma p [Hl Hlo] goal Hy Hgoal Hgap rho Hsmall. apply hits.
  assert (Hy' : In y (seq 0 n)) by now apply in_outputs.
  assert (Hsingle : forall i, In i (seq 0 n) -> Nat.eqb y i = true <-> i = y) by (intros i _; rewrite Nat.eqb_eq; split; congruence).
  destruct (PaperUpperBounds.single_count (seq 0 n) (Nat.eqb y) y (seq_NoDup n 0) Hy' Hsingle) as [Hs1 _].
  pose proof (PaperUpperBounds.thm5_fast (seq 0 n) (r x) g lam (INR prompts) lo gamma (theta x) (Nat.eqb y) (g y)) as H.
  rewrite Hs1 in H. apply H with (y := y); clear H; auto; try members.
  - apply outputs_nonempty; lia.
  - now apply (prompts_positive prompts x).
  - now apply column.
  - exists y. split; [now apply in_outputs|apply Nat.eqb_refl].
  - apply Nat.eqb_eq in H0. subst. lra.
  - now apply Hg.
  - apply seq_NoDup.
Qed.

(** Theorem 6, fast: +1 on the good output y, of initial probability c or more, and -1 elsewhere. *)
Theorem thm6_fast prompts n r g lam theta x gamma lo y c :
  (x < prompts)%nat -> 0 <= lam -> within_1 n g -> gradient_flow prompts n r lam theta -> 0 < gamma ->
  let p := policy n theta x in at_least n (p 0) lo -> let goal := expectation n (p 0) g + gamma in
  (y < n)%nat -> r x y = 1 -> (forall i, (i < n)%nat -> i <> y -> r x i = -1) -> goal < g y -> 0 < c <= p 0 y ->
  let rho := (goal + 1) / (g y + 1) in
  lam <= c * (1 - rho) ^ 3 / (16 * (/ (2 * exp 1) + 2 * ln (/ lo))) ->
  Rbar_le (hitting_time n p g gamma) (2 * INR prompts / (1 - rho) ^ 3 * (/ c - / rho)).
Proof.
  intros Hx Hlam Hg Hflow Hgamma p [Hl Hlo] goal Hy H1 H2 Hgoal Hc rho Hsmall. apply hits.
  assert (Hy' : In y (seq 0 n)) by now apply in_outputs.
  assert (Hsingle : forall i, In i (seq 0 n) -> Nat.eqb y i = true <-> i = y) by (intros i _; rewrite Nat.eqb_eq; split; congruence).
  destruct (PaperUpperBounds.single_count (seq 0 n) (Nat.eqb y) y (seq_NoDup n 0) Hy' Hsingle) as [Hs1 _].
  pose proof (PaperUpperBounds.thm6_fast (seq 0 n) (r x) g lam (INR prompts) lo gamma (theta x) (Nat.eqb y) (g y)) as H.
  rewrite Hs1 in H. apply H with (y := y); clear H; auto; try members; try (now apply Hc).
  - apply outputs_nonempty; lia.
  - now apply (prompts_positive prompts x).
  - destruct (Nat.eq_dec i y) as [->|Hne]; [lra|]. rewrite (H2 i) by auto. lra.
  - now apply column.
  - exists y. split; [now apply in_outputs|apply Nat.eqb_refl].
  - apply Nat.eqb_eq in H0. subst. lra.
  - now apply Hg.
  - apply seq_NoDup.
Qed.

(** * Accuracy, and Theorem 5 as a whole *)

(** Definition 1: D i j, for i < j, is the weight of the unordered pair; ties count as correct only against ties. *)
Definition agree (r g : nat -> R) (i j : nat) : R := if Req_EM_T (sign (r i - r j)) (sign (g i - g j)) then 1 else 0.
Definition accuracy (n : nat) (D : nat -> nat -> R) (r g : nat -> R) : R :=
  total n (fun j => total j (fun i => D i j * agree r g i j)).

(** Definition 3; [attainable_first] with y strictly first. *)
Definition attainable (n : nat) D g (accuracy_wanted : R) : Prop :=
  exists r, within_1 n r /\ accuracy n D r g = accuracy_wanted.
Definition attainable_first (n : nat) D g (y : nat) (accuracy_wanted : R) : Prop :=
  exists r, within_1 n r /\ (forall i, (i < n)%nat -> i <> y -> r i < r y) /\ accuracy n D r g = accuracy_wanted.

Lemma accuracy_order n D r r' g :
  (forall i j, (i < n)%nat -> (j < n)%nat -> sign (r i - r j) = sign (r' i - r' j)) -> accuracy n D r g = accuracy n D r' g.
Proof.
  intros H. apply FiniteSum.rsum_ext. intros j Hj. apply in_outputs in Hj. apply FiniteSum.rsum_ext. intros i Hi.
  apply in_outputs in Hi. unfold agree. rewrite (H i j) by lia. reflexivity.
Qed.

(** Theorem 5. For every initial policy p0, pair distribution D, T >= 1, attainable accuracy, and accuracy that is attainable
    with the good output y strictly first, there are two reward models of these accuracies: the first is slow, the second
    fast. (The paper allows ties with y; then the theorem is false, see docs/errata.md.) *)
Theorem thm5 n D g p0 lo y gamma T slow_accuracy fast_accuracy : distribution n p0 -> at_least n p0 lo -> within_1 n g ->
  0 < gamma -> (y < n)%nat -> let goal := expectation n p0 g + gamma in goal < g y -> 1 <= T ->
  attainable n D g slow_accuracy -> attainable_first n D g y fast_accuracy ->
  exists slow fast, within_1 n slow /\ within_1 n fast
  /\ accuracy n D slow g = slow_accuracy /\ accuracy n D fast g = fast_accuracy
  /\ forall prompts r lam theta x, (x < prompts)%nat -> 0 <= lam -> gradient_flow prompts n r lam theta ->
     (forall i, (i < n)%nat -> policy n theta x 0 i = p0 i) ->
     let t_gamma := hitting_time n (policy n theta x) g gamma in
     (r x = slow -> Rbar_le (2 * INR prompts * (1 - exp (- gamma / 2)) * T) t_gamma)
     /\ let rho := (goal + 1) / (g y + 1) in
        (r x = fast -> lam <= p0 y * (1 - rho) ^ 4 / (8 * (/ (2 * exp 1) + 2 * ln (/ lo))) ->
         Rbar_le t_gamma (4 * INR prompts / (1 - rho) ^ 4 * (/ p0 y - / rho))).
Proof.
  intros [Hp Hp1] [Hl Hlo] Hg Hgamma Hy goal Hgoal HT (r1 & Hr1 & Ha1) (r2 & Hr2 & Hfirst & Ha2).
  assert (Hn : (0 < n)%nat) by lia.
  assert (Hq : 0 < p0 y <= 1).
  { split; [now apply Hp|]. rewrite <- Hp1. apply (FiniteSum.term_le_sum (seq 0 n) p0); [|now apply in_outputs].
    intros i Hi. apply Rlt_le, Hp. now apply in_outputs. }
  assert (HiT : 0 < / T <= 1) by (split; [apply Rinv_0_lt_compat; lra|rewrite <- Rinv_1; apply Rinv_le_contravar; lra]).
  assert (Hnarrow : forall i, (i < n)%nat -> - / (2 * T) <= Accuracy.narrow T r1 i <= - / (2 * T) + / T).
  { intros i Hi. apply Accuracy.narrow_range; [lra|now apply Hr1]. }
  assert (H2T : / (2 * T) = / T / 2) by (field; lra).
  exists (Accuracy.narrow T r1), (Accuracy.outstanding (p0 y) y r2). split; [|split; [|split; [|split]]].
  - intros i Hi. specialize (Hnarrow i Hi). lra.
  - intros i Hi. unfold Accuracy.outstanding. destruct (Nat.eqb i y); [lra|]. specialize (Hr2 i Hi). nra.
  - rewrite <- Ha1. apply accuracy_order. intros i j _ _. apply Accuracy.narrow_sign. lra.
  - rewrite <- Ha2. apply accuracy_order. intros i j Hi Hj. apply Accuracy.outstanding_sign; auto.
    intros k [->| ->]; split; auto.
  - intros prompts r lam theta x Hx Hlam Hflow Hp0 t_gamma.
    assert (Egoal : expectation n (policy n theta x 0) g + gamma = goal).
    { unfold goal. f_equal. apply FiniteSum.rsum_ext. intros i Hi. apply in_outputs in Hi. now rewrite Hp0. }
    split.
    + intros Hslow. apply (thm5_slow prompts n r g lam theta x gamma (- / (2 * T)) T); auto; [lra|].
      intros i Hi. rewrite Hslow. now apply Hnarrow.
    + intros rho Hfast Hsmall.
      assert (Hr : within_1 n (r x)).
      { rewrite Hfast. intros i Hi. unfold Accuracy.outstanding. destruct (Nat.eqb i y); [lra|]. specialize (Hr2 i Hi). nra. }
      assert (Hlo' : at_least n (policy n theta x 0) lo) by (split; auto; intros i Hi; rewrite Hp0; auto).
      pose proof (thm5_fast prompts n r g lam theta x gamma lo y Hx Hlam Hr Hg Hflow Hgamma Hlo' Hy) as H. cbv zeta in H.
      rewrite Egoal, (Hp0 y Hy) in H. apply H; auto.
      intros i Hi Hne. rewrite Hfast. now apply Accuracy.outstanding_gap; auto.
Qed.

(** S5: without KL the flow is integrable. There are a clock a and a function b with which every exp(-theta_i) is its start
    minus r_i a plus b; and the sum of the logits is constant, which determines b (next theorem). *)
Theorem s5 prompts n r theta x : (x < prompts)%nat -> (0 < n)%nat -> gradient_flow prompts n r 0 theta -> exists a b : R -> R,
  let Z t := total n (fun i => exp (theta x i t)) in
  a 0 = 0 /\ b 0 = 0
  /\ (forall t, 0 < t -> is_derive a t (/ (INR prompts * Z t)))
  /\ (forall t, 0 < t -> is_derive b t (expectation n (policy n theta x t) (r x) / (INR prompts * Z t)))
  /\ forall t i, 0 <= t -> (i < n)%nat -> exp (- theta x i t) = exp (- theta x i 0) - r x i * a t + b t.
Proof.
  intros Hx Hn Hflow.
  destruct (Integrable.s5 (seq 0 n) (r x) (INR prompts) (theta x) (outputs_nonempty n Hn) (prompts_positive _ _ Hx)
    (column _ _ _ _ _ _ Hx Hflow)) as (a & b & H1 & H2 & H3 & H4 & H5).
  exists a, b. split; [exact H1|]. split; [exact H2|]. split; [exact H3|]. split; [exact H4|].
  intros t i Ht Hi. apply H5; [exact Ht|now apply in_outputs].
Qed.

Theorem constant_sum prompts n r lam theta x t : (x < prompts)%nat -> (0 < n)%nat -> gradient_flow prompts n r lam theta ->
  0 <= t -> total n (fun i => theta x i t) = total n (fun i => theta x i 0).
Proof.
  intros Hx Hn Hflow Ht. apply (Integrable.constant_sum (seq 0 n) (r x) lam (INR prompts) (theta x) t (outputs_nonempty n Hn)
    (prompts_positive _ _ Hx) (column _ _ _ _ _ _ Hx Hflow) Ht).
Qed.

(** With u_i(a) = c_i + b, where c_i = exp(-theta_i(0)) - r_i a: there is at most one b with a given sum of logarithms. *)
Theorem s5_root n (c : nat -> R) b b' : (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < c i + b /\ 0 < c i + b') ->
  total n (fun i => ln (c i + b)) = total n (fun i => ln (c i + b')) -> b = b'.
Proof.
  intros Hn Hc. apply (Integrable.root_unique (seq 0 n) c b b' (outputs_nonempty n Hn)); intros i Hi; apply in_outputs in Hi;
    now apply Hc.
Qed.

(** * Best-of-N *)

(** All tuples of N outputs, and their probability as independent samples. *)
Definition tuples (n : nat) : nat -> list (list nat) :=
  fix tuples N := match N with O => nil :: nil | S N' => flat_map (fun v => map (cons v) (tuples N')) (seq 0 n) end.
Definition tuple_probability (p : nat -> R) : list nat -> R := fold_right (fun i weight => p i * weight) 1.

(** [rule s i] is the probability with which output i is kept of the samples s. A rule that keeps the best by r keeps only
    samples of the highest reward; how it breaks ties is its own affair. *)
Definition keeps_best (n : nat) (r : nat -> R) (rule : list nat -> nat -> R) : Prop :=
  forall s, s <> nil -> (forall i, In i s -> In i (seq 0 n)) ->
  total n (rule s) = 1
  /\ forall i, In i (seq 0 n) -> 0 <= rule s i /\ (rule s i <> 0 -> In i s /\ forall k, In k s -> r k <= r i).
Definition best_of (n N : nat) (p : nat -> R) (rule : list nat -> nat -> R) (g : nat -> R) : R :=
  FiniteSum.rsum (tuples n N) (fun s => tuple_probability p s * total n (fun i => rule s i * g i)).

(** Proposition 1: whatever the reward model r, keeping the best by the true reward g is at least as good. *)
Theorem prop1 n N p r g rule rule' : (forall i, (i < n)%nat -> 0 <= p i) -> (0 < N)%nat ->
  keeps_best n r rule -> keeps_best n g rule' -> best_of n N p rule g <= best_of n N p rule' g.
Proof.
  intros Hp HN Hr Hg. apply (BestOfN.prop1 (seq 0 n) p) with (r := r); auto. intros i Hi. now apply Hp, in_outputs.
Qed.

(** * Policies of any kind: sequences of L tokens 0, ..., m - 1, and d parameters that all prompts share *)

(** All sequences of a number of tokens. *)
Definition outputs (m : nat) : nat -> list (list nat) :=
  fix sequences n := match n with O => nil :: nil | S n' => flat_map (fun v => map (cons v) (sequences n')) (seq 0 m) end.

Definition sum_over (l : list (list nat)) (f : list nat -> R) : R := FiniteSum.rsum l f.

(** Eq. 2: each token is drawn from the softmax of the logits that the prefix before it has. *)
Definition probability (next : list nat -> nat -> R) : list nat -> list nat -> R :=
  fix probability prefix y := match y with nil => 1 | v :: y' => next prefix v * probability (prefix ++ v :: nil) y' end.
Definition model (m : nat) (logits : (nat -> R) -> nat -> list nat -> nat -> R) (z : nat -> R) (x : nat) (y : list nat) : R :=
  probability (fun prefix => softmax m (logits z x prefix)) nil y.

Definition mean_of (m L : nat) (p f : list nat -> R) : R := sum_over (outputs m L) (fun y => p y * f y).
Definition variance_of (m L : nat) (p f : list nat -> R) : R := mean_of m L p (fun y => (f y - mean_of m L p f) ^ 2).
Definition within_1_of (m L : nat) (r : list nat -> R) : Prop := forall y, In y (outputs m L) -> -1 <= r y <= 1.

(** Differentiability in d parameters, with the gradient g. *)
Definition differentiable (d : nat) (F : (nat -> R) -> R) (z g : nat -> R) : Prop :=
  forall eps, 0 < eps -> exists delta, 0 < delta /\ forall z', (forall j, (j < d)%nat -> Rabs (z' j - z j) < delta) ->
  Rabs (F z' - F z - total d (fun j => g j * (z' j - z j))) <= eps * total d (fun j => Rabs (z' j - z j)).

(** At the parameters z and for the prompt x: the logits are differentiable, and their Jacobian (prefixes by tokens by
    parameters) has a spectral norm of at most J for every prefix. *)
Definition prefix_of (m L : nat) (h : list nat) : Prop := (forall v, In v h -> (v < m)%nat) /\ (length h < L)%nat.
Definition smooth (m L d : nat) (logits : (nat -> R) -> nat -> list nat -> nat -> R)
    (jacobian : (nat -> R) -> nat -> list nat -> nat -> nat -> R) (z : nat -> R) (x : nat) : Prop :=
  forall h v, prefix_of m L h -> (v < m)%nat -> differentiable d (fun z => logits z x h v) z (jacobian z x h v).
Definition image (d : nat) (rows : nat -> nat -> R) (c : nat -> R) (v : nat) : R := total d (fun j => c j * rows v j).
Definition jacobian_norm (m L d : nat) (jacobian : (nat -> R) -> nat -> list nat -> nat -> nat -> R) (z : nat -> R) (x : nat)
    (J : R) : Prop := forall h c, prefix_of m L h ->
  total m (fun v => image d (jacobian z x h) c v ^ 2) <= J ^ 2 * total d (fun j => c j ^ 2).
(** The contrast norm: the largest |grad (f_v - f_v')| / sqrt 2 is at most J. *)
Definition contrast_norm (m L d : nat) (jacobian : (nat -> R) -> nat -> list nat -> nat -> nat -> R) (z : nat -> R) (x : nat)
    (J : R) : Prop := forall h c v v', prefix_of m L h -> (v < m)%nat -> (v' < m)%nat ->
  (image d (jacobian z x h) c v - image d (jacobian z x h) c v') ^ 2 <= 2 * J ^ 2 * total d (fun j => c j ^ 2).

(** Eq. 1 for one prompt, and for all. *)
Definition regularised (r : list nat -> R) (lam : R) (p q : list nat -> R) (y : list nat) : R := r y - lam * ln (p y / q y).
Definition objective_of (m L : nat) logits (r q : list nat -> R) (lam : R) (x : nat) (z : nat -> R) : R :=
  mean_of m L (model m logits z x) (regularised r lam (model m logits z x) q).
Definition mean_over (prompts : nat) (f : nat -> R) : R := total prompts (fun x => / INR prompts * f x).
Definition training_objective (prompts m L : nat) logits (r q : nat -> list nat -> R) (lam : R) (z : nat -> R) : R :=
  mean_over prompts (fun x => objective_of m L logits (r x) (q x) lam x z).

(** The squared Euclidean norm of the gradient of a function of d parameters. *)
Definition gradient (F : (nat -> R) -> R) (z : nat -> R) (j : nat) : R := Derive (fun s => F (update z j s)) (z j).
Definition norm2 (d : nat) (g : nat -> R) : R := sqrt (total d (fun j => g j ^ 2)).

(** Eq. 4: the reference policy is the initial one; at time 0 the parameters are continuous from the right. *)
Definition model_flow (prompts m L d : nat) logits (r : nat -> list nat -> R) (lam : R) (theta : nat -> R -> R) : Prop :=
  let z t j := theta j t in forall j, (j < d)%nat ->
  (forall t, 0 < t -> is_derive (theta j) t
     (gradient (training_objective prompts m L logits r (model m logits (z 0)) lam) (z t) j))
  /\ filterlim (theta j) (at_right 0) (locally (theta j 0)).

(** The largest eigenvalue of the Fisher information of the prompt x is at most F: u^T F_x u <= F |u|^2 for all u. *)
Definition fisher_norm (m L d : nat) logits (z : nat -> R) (x : nat) (F : R) : Prop := forall u,
  mean_of m L (model m logits z x)
    (fun y => total d (fun j => u j * gradient (fun z => ln (model m logits z x y)) z j) ^ 2) <= F * total d (fun j => u j ^ 2).

Section Bridge.
Variables (m L d : nat) (logits : (nat -> R) -> nat -> list nat -> nat -> R).
Variables (jacobian : (nat -> R) -> nat -> list nat -> nat -> nat -> R).

Lemma smooth_bridge z x : smooth m L d logits jacobian z x -> Autoregressive.smooth (seq 0 m) L d logits jacobian z x.
Proof. intros H h v Hh Hl Hv. apply H; [split; auto; intros u Hu; apply in_outputs; auto|now apply in_outputs]. Qed.

Lemma contrast_bridge z x C : contrast_norm m L d jacobian z x C -> Autoregressive.contrast_norm (seq 0 m) L d jacobian z x C.
Proof. intros H h c v v' Hh Hl Hv Hv'. apply H; try now apply in_outputs. split; auto. intros u Hu. apply in_outputs; auto. Qed.

Lemma mean_weights prompts : (0 < prompts)%nat -> total prompts (fun _ => / INR prompts) = 1.
Proof.
  intros H. apply lt_0_INR in H. unfold total.
  rewrite (FiniteSum.rsum_lin1 (seq 0 prompts) _ (/ INR prompts) (fun _ => 1)) by (intros; ring).
  assert (E : forall l : list nat, FiniteSum.rsum l (fun _ => 1) = INR (length l)).
  { induction l as [|k l IH]; [reflexivity|]. cbn [FiniteSum.rsum length]. rewrite IH, S_INR. ring. }
  rewrite E, seq_length. field. lra.
Qed.
End Bridge.

(** "contrast": the contrast norm is at most the Jacobian's. *)
Theorem contrast m L d jacobian z x J : jacobian_norm m L d jacobian z x J -> contrast_norm m L d jacobian z x J.
Proof.
  intros H. assert (H' : Autoregressive.jacobian_norm (seq 0 m) L d jacobian z x J).
  { intros h c Hh Hl. apply H. split; auto. intros u Hu. apply in_outputs; auto. }
  pose proof (Autoregressive.contrast_of_jacobian (seq 0 m) L d jacobian z x J H') as Hc.
  intros h c v v' [Hh Hl] Hv Hv'. apply Hc; [intros u Hu; now apply in_outputs, Hh|exact Hl|now apply in_outputs|now apply in_outputs].
Qed.

(** S2, step 2. *)
Theorem s0_fisher m L d logits jacobian z x C : (0 < m)%nat -> smooth m L d logits jacobian z x -> 0 <= C ->
  contrast_norm m L d jacobian z x C -> fisher_norm m L d logits z x (INR L * C ^ 2 / 2).
Proof.
  intros Hm Hs HC Hc u. apply smooth_bridge in Hs. apply contrast_bridge in Hc. pose proof (outputs_nonempty m Hm) as Hne.
  pose proof (Autoregressive.fisher_le (seq 0 m) L d logits jacobian Hne z x C u Hc) as H.
  replace (INR L * C ^ 2 / 2 * total d (fun j => u j ^ 2)) with (INR L * (C ^ 2 / 2 * total d (fun j => u j ^ 2))) by field.
  eapply Rle_trans; [|exact H]. right. apply FiniteSum.rsum_ext. intros y Hy. f_equal. f_equal.
  rewrite Autoregressive.score_along_dot. apply FiniteSum.rsum_ext. intros j Hj. f_equal. apply is_derive_unique.
  apply in_outputs in Hj. now apply (Autoregressive.log_partial (seq 0 m) L d logits jacobian z x j y Hs Hj).
Qed.

(** S0, for every reference policy q. *)
Theorem s0 m L d logits jacobian r q lam z x F : (0 < m)%nat -> smooth m L d logits jacobian z x ->
  (forall y, In y (outputs m L) -> 0 < q y) -> 0 <= F -> fisher_norm m L d logits z x F ->
  let p := model m logits z x in
  norm2 d (gradient (objective_of m L logits r q lam x) z) <= sqrt (F * variance_of m L p (regularised r lam p q)).
Proof.
  intros Hm Hs Hq HF Hfisher p. apply smooth_bridge in Hs. pose proof (outputs_nonempty m Hm) as Hne. unfold norm2. apply sqrt_le_1_alt.
  pose proof (FisherForm.s0 (outputs m L) p (Autoregressive.advantage_of (seq 0 m) L logits r q lam x z) (seq 0 d)
    (Autoregressive.score_of (seq 0 m) logits jacobian z x) (fun y Hy => Autoregressive.pi_nonneg (seq 0 m) L logits z x y Hy) F HF) as H.
  assert (Hscore : forall y j, In y (outputs m L) -> In j (seq 0 d) ->
    gradient (fun z => ln (model m logits z x y)) z j = Autoregressive.score_of (seq 0 m) logits jacobian z x y j).
  { intros y j Hy Hj. apply is_derive_unique. apply in_outputs in Hj.
    now apply (Autoregressive.log_partial (seq 0 m) L d logits jacobian z x j y Hs Hj). }
  assert (HF' : forall u, Moments.mean (outputs m L) p
    (fun y => FisherForm.dot (seq 0 d) u (Autoregressive.score_of (seq 0 m) logits jacobian z x y) ^ 2) <= F * FisherForm.dot (seq 0 d) u u).
  { intros u. replace (FisherForm.dot (seq 0 d) u u) with (total d (fun j => u j ^ 2)) by (apply FiniteSum.rsum_ext; intros; ring).
    eapply Rle_trans; [|apply Hfisher]. right. apply FiniteSum.rsum_ext. intros y Hy. f_equal. f_equal.
    apply FiniteSum.rsum_ext. intros j Hj. now rewrite Hscore. }
  specialize (H HF'). eapply Rle_trans; [|exact H]. right. apply FiniteSum.rsum_ext. intros j Hj.
  replace (gradient (objective_of m L logits r q lam x) z j) with
    (Moments.mean (outputs m L) p (fun y => Autoregressive.advantage_of (seq 0 m) L logits r q lam x z y
      * Autoregressive.score_of (seq 0 m) logits jacobian z x y j)); [unfold Moments.mean; ring|].
  symmetry. apply is_derive_unique. apply in_outputs in Hj.
  now apply (Autoregressive.objective_of_partial (seq 0 m) L d logits jacobian Hne r q lam x Hq z j Hs Hj).
Qed.

Theorem s6_gradient m L d logits jacobian r q lam z x C : (0 < m)%nat -> smooth m L d logits jacobian z x ->
  (forall y, In y (outputs m L) -> 0 < q y) -> 0 <= C -> contrast_norm m L d jacobian z x C ->
  let p := model m logits z x in
  norm2 d (gradient (objective_of m L logits r q lam x) z) <= C * sqrt (INR L * variance_of m L p (regularised r lam p q) / 2).
Proof.
  intros Hm Hs Hq HC Hc p.
  assert (HF : 0 <= INR L * C ^ 2 / 2) by (pose proof (pos_INR L); pose proof (pow2_ge_0 C); nra).
  eapply Rle_trans; [apply (s0 m L d logits jacobian r q lam z x _ Hm Hs Hq HF); now apply (s0_fisher m L d logits jacobian)|].
  fold p. right. set (V := variance_of m L p (regularised r lam p q)).
  replace (INR L * C ^ 2 / 2 * V) with (C ^ 2 * (INR L * V / 2)) by field.
  rewrite sqrt_mult_alt by apply pow2_ge_0. now rewrite sqrt_pow2.
Qed.

Theorem s2 m L d logits jacobian r q lam z x J : (0 < m)%nat -> smooth m L d logits jacobian z x ->
  (forall y, In y (outputs m L) -> 0 < q y) -> 0 <= J -> jacobian_norm m L d jacobian z x J ->
  let p := model m logits z x in
  norm2 d (gradient (objective_of m L logits r q lam x) z) <= J * sqrt (INR L * variance_of m L p (regularised r lam p q) / 2).
Proof. intros Hm Hs Hq HJ Hj. apply (s6_gradient m L d logits jacobian); auto. now apply contrast. Qed.

Lemma variance_of_le m L logits z x f M : (0 < m)%nat -> (forall y, In y (outputs m L) -> - M <= f y <= M) ->
  0 <= variance_of m L (model m logits z x) f <= M ^ 2.
Proof.
  intros Hm Hf. pose proof (outputs_nonempty m Hm) as Hne.
  assert (Hp : forall y, In y (outputs m L) -> 0 <= model m logits z x y)
    by (intros; now apply (Autoregressive.pi_nonneg (seq 0 m) L logits z x)).
  assert (Hp1 : FiniteSum.rsum (outputs m L) (model m logits z x) = 1) by (apply (Autoregressive.pi_sum (seq 0 m) L logits Hne z x)).
  split; [now apply (Moments.var_nonneg (outputs m L) (model m logits z x))|].
  eapply Rle_trans; [apply (Moments.popoviciu (outputs m L) (model m logits z x) Hp Hp1 f (- M) M Hf)|]. right. field.
Qed.

(** Proposition 2, for every reference policy; cube roots are [Rpower _ (/ 3)]. *)
Theorem prop2 m L d logits jacobian r q lam z x J M : (0 < m)%nat -> (0 < L)%nat -> smooth m L d logits jacobian z x ->
  (forall y, In y (outputs m L) -> 0 < q y) -> 0 <= J -> jacobian_norm m L d jacobian z x J -> 1 <= M ->
  let p := model m logits z x in let V := variance_of m L p (regularised r lam p q) in
  (forall y, In y (outputs m L) -> - M <= regularised r lam p q y <= M) -> 0 < V ->
  norm2 d (gradient (objective_of m L logits r q lam x) z) <= 6 * Rpower M (/ 3) * INR L * J * Rpower V (/ 3).
Proof.
  intros Hm HL Hs Hq HJ Hj HM p V HrM HV.
  eapply Rle_trans; [apply (s2 m L d logits jacobian r q lam z x J Hm Hs Hq HJ Hj)|]. fold p. fold V.
  destruct (variance_of_le m L logits z x (regularised r lam p q) M Hm HrM) as [_ HVM]. fold p in HVM. fold V in HVM.
  pose proof (PaperRates.root_le_third V M HV ltac:(lra) HVM) as HR.
  assert (HL1 : 1 <= INR L) by (apply (le_INR 1); lia).
  assert (E : sqrt (INR L * V / 2) <= INR L * sqrt V).
  { replace (INR L * sqrt V) with (sqrt (INR L ^ 2 * V)) by (rewrite sqrt_mult_alt by (apply pow2_ge_0); rewrite sqrt_pow2 by lra; reflexivity).
    apply sqrt_le_1_alt. replace (INR L ^ 2 * V) with (INR L * V * INR L) by ring.
    assert (0 < INR L * V) by (apply Rmult_lt_0_compat; lra).
    assert (INR L * V * 1 <= INR L * V * INR L) by (apply Rmult_le_compat_l; lra). lra. }
  assert (HP : 0 < Rpower M (/ 3) * Rpower V (/ 3)) by (apply Rmult_lt_0_compat; apply exp_pos).
  apply Rle_trans with (J * (INR L * (Rpower M (/ 3) * Rpower V (/ 3)))).
  - apply Rmult_le_compat_l; auto. eapply Rle_trans; [exact E|]. apply Rmult_le_compat_l; lra.
  - assert (0 <= J * (INR L * (Rpower M (/ 3) * Rpower V (/ 3)))) by (apply Rmult_le_pos; auto; apply Rmult_le_pos; lra). lra.
Qed.

(** Razin et al. 2024, Theorem 1: without KL, for rewards in [-1, 1]. *)
Theorem razin2024 m L d logits jacobian r z x J : (0 < m)%nat -> (0 < L)%nat -> smooth m L d logits jacobian z x ->
  0 <= J -> jacobian_norm m L d jacobian z x J -> within_1_of m L r ->
  let V := variance_of m L (model m logits z x) r in 0 < V ->
  norm2 d (gradient (fun z => mean_of m L (model m logits z x) r) z) <= 6 * INR L * J * Rpower (sqrt V) (2 / 3).
Proof.
  intros Hm HL Hs HJ Hj Hr V HV.
  assert (Er : forall p q : list nat -> R, regularised r 0 p q = r).
  { intros p q. apply FunctionalExtensionality.functional_extensionality. intros y. unfold regularised. ring. }
  assert (Eo : objective_of m L logits r (fun _ => 1) 0 x = fun z => mean_of m L (model m logits z x) r).
  { apply FunctionalExtensionality.functional_extensionality. intros z'. unfold objective_of. now rewrite Er. }
  pose proof (prop2 m L d logits jacobian r (fun _ => 1) 0 z x J 1 Hm HL Hs (fun _ _ => Rlt_0_1) HJ Hj (Rle_refl 1)) as H.
  cbv zeta in H. rewrite Er, Eo in H. fold V in H.
  replace (Rpower (sqrt V) (2 / 3)) with (Rpower V (/ 3)).
  - rewrite PaperRates.one_third_of_1 in H. replace (6 * 1 * INR L * J) with (6 * INR L * J) in H by ring. apply H; auto.
  - rewrite <- Rpower_sqrt, Rpower_mult by auto. f_equal. field.
Qed.

(** ** Along the flow *)

(** At the parameters z: smooth logits and a Jacobian norm of at most J, for every training prompt and the prompt x0. *)
Definition regular (prompts m L d : nat) logits jacobian (x0 : nat) (z : nat -> R) (J : R) : Prop :=
  forall x, (x < prompts)%nat \/ x = x0 -> smooth m L d logits jacobian z x /\ jacobian_norm m L d jacobian z x J.
(** The same with the contrast norm. *)
Definition regular_contrast (prompts m L d : nat) logits jacobian (x0 : nat) (z : nat -> R) (C : R) : Prop :=
  forall x, (x < prompts)%nat \/ x = x0 -> smooth m L d logits jacobian z x /\ contrast_norm m L d jacobian z x C.

(** The parameters at time t, and the mean over the training prompts of the variance of the regularised reward. *)
Definition at_time (theta : nat -> R -> R) (t : R) : nat -> R := fun j => theta j t.
Definition mean_variance (prompts m L : nat) logits (r : nat -> list nat -> R) (lam : R) (theta : nat -> R -> R) (t : R) : R :=
  mean_over prompts (fun x => let p t := model m logits (at_time theta t) x in
    variance_of m L (p t) (regularised (r x) lam (p t) (p 0))).

Lemma regular_weaker prompts m L d logits jacobian x0 z J :
  regular prompts m L d logits jacobian x0 z J -> regular_contrast prompts m L d logits jacobian x0 z J.
Proof. intros H x Hx. destruct (H x Hx) as [Hs Hj]. split; auto. now apply contrast. Qed.

Section FlowBridge.
Variables (prompts m L d : nat) (logits : (nat -> R) -> nat -> list nat -> nat -> R).
Variables (jacobian : (nat -> R) -> nat -> list nat -> nat -> nat -> R).
Variables (r : nat -> list nat -> R) (lam : R) (theta : nat -> R -> R) (x0 : nat) (T C : R).
Hypothesis prompts_pos : (0 < prompts)%nat.
Let w (_ : nat) := / INR prompts.

Lemma w_nonneg x : In x (seq 0 prompts) -> 0 <= w x.
Proof. intros _. apply Rlt_le, Rinv_0_lt_compat, lt_0_INR, prompts_pos. Qed.
Lemma w_total : FiniteSum.rsum (seq 0 prompts) w = 1.
Proof. apply (mean_weights prompts prompts_pos). Qed.

Lemma flow_bridge : model_flow prompts m L d logits r lam theta ->
  ParameterFlow.parameter_flow (seq 0 m) L d logits (seq 0 prompts) w r lam theta.
Proof. intros H j Hj. exact (H j Hj). Qed.

Lemma known x : In x (seq 0 prompts) \/ x = x0 -> (x < prompts)%nat \/ x = x0.
Proof. intros [H|H]; [left; now apply in_outputs|now right]. Qed.

Hypothesis regularity : forall t, 0 <= t <= T -> regular_contrast prompts m L d logits jacobian x0 (at_time theta t) C.
Lemma smooth_all t x : 0 <= t <= T -> In x (seq 0 prompts) \/ x = x0 ->
  Autoregressive.smooth (seq 0 m) L d logits jacobian (at_time theta t) x.
Proof. intros Ht Hx. apply smooth_bridge. now apply (regularity t Ht x), known. Qed.
Lemma contrast_all t x : 0 < t < T -> In x (seq 0 prompts) \/ x = x0 ->
  Autoregressive.contrast_norm (seq 0 m) L d jacobian (at_time theta t) x C.
Proof. intros Ht Hx. apply contrast_bridge. apply (regularity t ltac:(lra) x), known, Hx. Qed.
End FlowBridge.

(** Such a flow can exist: a table of two outputs as a model of one token, with two parameters, and J = 1. *)
Theorem model_flow_exists : exists logits jacobian r theta,
  model_flow 1 2 1 2 logits r 0 theta
  /\ (forall t x0, regular 1 2 1 2 logits jacobian x0 (at_time theta t) 1)
  /\ mean_over 1 (fun x => variance_of 2 1 (model 2 logits (at_time theta 0) x) (r x)) = 1.
Proof.
  set (logits := fun (z : nat -> R) (x : nat) (prefix : list nat) (v : nat) => z v).
  set (jacobian := fun (z : nat -> R) (x : nat) (prefix : list nat) (v j : nat) => if Nat.eqb j v then 1 else 0).
  set (r := fun (x : nat) (y : list nat) => TwoOutputs.two_rewards (hd 0%nat y)).
  exists logits, jacobian, r, TwoOutputs.two_logits. split; [|split].
  - intros j Hj. destruct (TwoOutputs.two_outputs_flow j (proj2 (in_outputs 2 j) Hj)) as [Hd Hc]. split; [|exact Hc].
    intros t Ht. specialize (Hd t Ht). set (z := fun i => TwoOutputs.two_logits i t) in *.
    set (q := Softmax.softmax (seq 0 2) (fun i => TwoOutputs.two_logits i 0)).
    assert (Hobj : forall z, training_objective 1 2 1 logits r (model 2 logits (fun i => TwoOutputs.two_logits i 0)) 0 z
      = JointObjective.objective 2 TwoOutputs.two_rewards q 0 z).
    { intros z'. unfold training_objective, mean_over, objective_of, mean_of, sum_over, regularised, model, r, JointObjective.objective,
        Moments.mean, total. simpl. unfold softmax, Softmax.softmax, total. simpl. unfold logits. field.
      pose proof (exp_pos (z' 0%nat)). pose proof (exp_pos (z' 1%nat)). lra. }
    refine (Calculus.derive_eq _ _ _ _ Hd _). symmetry. unfold gradient.
    rewrite (Derive_ext _ (fun s => JointObjective.objective 2 TwoOutputs.two_rewards q 0 (update z j s))) by (intros; apply Hobj).
    apply is_derive_unique.
    pose proof (JointObjective.objective_partial 2 TwoOutputs.two_rewards q 0
      (fun i Hi => Softmax.softmax_pos (seq 0 2) (fun i => TwoOutputs.two_logits i 0) i Hi) z j (proj2 (in_outputs 2 j) Hj)) as H.
    refine (Calculus.derive_eq _ _ _ _ H _). unfold Rdiv. rewrite Rinv_1, Rmult_1_r. reflexivity.
  - intros t x0 x _. split.
    + intros h v _ Hv eps Heps. exists 1. split; [lra|]. intros z' _. unfold logits, jacobian.
      assert (E : total 2 (fun j => (if Nat.eqb j v then 1 else 0) * (z' j - at_time TwoOutputs.two_logits t j)) = z' v - at_time TwoOutputs.two_logits t v).
      { assert (Hcase : v = 0%nat \/ v = 1%nat) by lia. unfold total. destruct Hcase as [-> | ->]; simpl; ring. }
      rewrite E. replace (z' v - at_time TwoOutputs.two_logits t v - (z' v - at_time TwoOutputs.two_logits t v)) with 0 by ring.
      rewrite Rabs_R0. apply Rmult_le_pos; [lra|]. apply FiniteSum.rsum_nonneg. intros; apply Rabs_pos.
    + intros h c _. unfold jacobian, image, total. simpl. right. ring.
  - unfold mean_over, variance_of, mean_of, sum_over, model, softmax, total, r, logits, at_time, TwoOutputs.two_logits, TwoOutputs.two_rewards.
    simpl. rewrite TwoOutputs.logit_0. replace (0 / 2) with 0 by field. rewrite Ropp_0, exp_0. field.
Qed.

(** S4, step 1: the growth of the mean variance. *)
Theorem s4_var_rate prompts m L d logits jacobian r lam theta t J : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < J -> model_flow prompts m L d logits r lam theta -> 0 < t ->
  regular prompts m L d logits jacobian 0 (at_time theta t) J ->
  let Var := mean_variance prompts m L logits r lam theta in
  Derive Var t <= INR L * sqrt (INR L) * J ^ 2 * (Var t * sqrt (Var t)).
Proof.
  intros Hp Hm HL Hlam HJ Hflow Ht Hreg Var. apply regular_weaker in Hreg. pose proof (outputs_nonempty m Hm) as Hne.
  assert (Hs : forall x, In x (seq 0 prompts) -> Autoregressive.smooth (seq 0 m) L d logits jacobian (at_time theta t) x).
  { intros x Hx. apply smooth_bridge. apply Hreg. left. now apply in_outputs. }
  assert (Hc : forall x, In x (seq 0 prompts) -> Autoregressive.contrast_norm (seq 0 m) L d jacobian (at_time theta t) x J).
  { intros x Hx. apply contrast_bridge. apply Hreg. left. now apply in_outputs. }
  set (w := fun _ : nat => / INR prompts).
  pose proof (ParameterFlow.mean_variance_derive (seq 0 m) L d logits jacobian (seq 0 prompts) w r lam theta Hne t Hs
    (fun j Hj => proj1 (flow_bridge prompts m L d logits r lam theta Hflow j Hj) t Ht)) as Hd.
  assert (E : Derive Var t = _) by (apply is_derive_unique; exact Hd). rewrite E.
  eapply Rle_trans; [apply (ParameterTimes.variance_rate_now (seq 0 m) L d logits jacobian (seq 0 prompts) w r lam theta J Hne
    (w_nonneg prompts Hp) (w_total prompts Hp) Hlam HJ t Hs Hc)|].
  right. change (ParameterFlow.mean_variance (seq 0 m) L logits (seq 0 prompts) w r lam theta t) with (Var t). field.
Qed.

(** Lemma 5, the growth: where no regularised reward exceeds 8. *)
Theorem lem5_var_rate prompts m L d logits jacobian r lam theta t J : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < J -> model_flow prompts m L d logits r lam theta -> 0 < t ->
  regular prompts m L d logits jacobian 0 (at_time theta t) J ->
  (forall x y, (x < prompts)%nat -> In y (outputs m L) -> let p s := model m logits (at_time theta s) x in
     -8 <= regularised (r x) lam (p t) (p 0) y <= 8) ->
  let Var := mean_variance prompts m L logits r lam theta in
  0 < Var t -> Derive Var t <= 24 * INR L ^ 2 * J ^ 2 * Rpower (Var t) (4 / 3).
Proof.
  intros Hp Hm HL Hlam HJ Hflow Ht Hreg Hr Var HV.
  eapply Rle_trans; [apply (s4_var_rate prompts m L d logits jacobian r lam theta t J); auto|]. fold Var.
  assert (H64 : Var t <= 64).
  { apply Rle_trans with (mean_over prompts (fun _ => 64)).
    - apply FiniteSum.rsum_le. intros x Hx. apply Rmult_le_compat_l; [apply (w_nonneg prompts Hp x Hx)|].
      apply in_outputs in Hx. pose proof (Hr x) as Hrx. cbv beta zeta in Hrx. replace 64 with (8 ^ 2) by ring.
      apply (variance_of_le m L logits (at_time theta t) x _ 8 Hm). intros y Hy.
      replace (- (8)) with (-8) by ring. auto.
    - right. unfold mean_over, total. rewrite (FiniteSum.rsum_lin1 (seq 0 prompts) _ 64 (fun _ => / INR prompts)) by (intros; ring).
      fold (total prompts (fun _ => / INR prompts)). rewrite mean_weights by auto. ring. }
  pose proof (PaperRates.three_halves_le (Var t) HV H64) as H3.
  assert (HL1 : 1 <= INR L) by (apply (le_INR 1); lia).
  assert (Hroot : sqrt (INR L) <= INR L).
  { rewrite <- (sqrt_pow2 (INR L)) at 2 by lra. apply sqrt_le_1_alt. nra. }
  pose proof (sqrt_pos (INR L)). pose proof (pow2_ge_0 J) as HJ2.
  assert (Ha : INR L * sqrt (INR L) * J ^ 2 <= INR L ^ 2 * J ^ 2).
  { apply Rmult_le_compat_r; auto. replace (INR L ^ 2) with (INR L * INR L) by ring. apply Rmult_le_compat_l; lra. }
  assert (Hb : 0 <= INR L ^ 2 * J ^ 2) by (apply Rmult_le_pos; auto; apply pow2_ge_0).
  assert (Hq : 0 <= Var t * sqrt (Var t)) by (apply Rmult_le_pos; [lra|apply sqrt_pos]).
  assert (Hpow : 0 < Rpower (Var t) (4 / 3)) by apply exp_pos.
  apply Rle_trans with (INR L ^ 2 * J ^ 2 * (2 * Rpower (Var t) (4 / 3))); [apply Rmult_le_compat; auto|].
  - apply Rmult_le_pos; auto. apply Rmult_le_pos; lra.
  - assert (0 <= INR L ^ 2 * J ^ 2 * Rpower (Var t) (4 / 3)) by (apply Rmult_le_pos; lra). lra.
Qed.

(** S4 with the contrast norm: if the expected reward of the prompt x0 has risen by gamma at the time T, and C bounds the
    contrast norms up to T, then T is at least this. *)
Theorem s4_contrast prompts m L d logits jacobian r g lam theta x0 gamma T C : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < C -> within_1_of m L g -> model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t, 0 <= t <= T -> regular_contrast prompts m L d logits jacobian x0 (at_time theta t) C) ->
  let p t x := model m logits (at_time theta t) x in
  let Var0 := mean_over prompts (fun x => variance_of m L (p 0 x) (r x)) in
  0 < Var0 -> mean_of m L (p 0 x0) g + gamma <= mean_of m L (p T x0) g ->
  2 * (1 - exp (- sqrt (INR L) * gamma)) / (INR L * sqrt (INR L) * C ^ 2 * sqrt Var0) <= T.
Proof.
  intros Hp Hm HL Hlam HC Hg Hflow HT Hreg p Var0 HV Hgain.
  pose proof (ParameterTimes.s4_product (seq 0 m) L d logits jacobian (seq 0 prompts) (fun _ => / INR prompts) r lam theta x0 T C
    (outputs_nonempty m Hm) (w_nonneg prompts Hp) (w_total prompts Hp) Hlam HT
    (smooth_all prompts m L d logits jacobian theta x0 T C Hreg) (contrast_all prompts m L d logits jacobian theta x0 T C Hreg)
    (flow_bridge prompts m L d logits r lam theta Hflow) HL HC g gamma Hg Hgain) as H.
  change (FiniteSum.rsum (seq 0 prompts) _) with Var0 in H.
  assert (HL0 : 0 < INR L) by now apply lt_0_INR. pose proof (sqrt_lt_R0 _ HL0). pose proof (sqrt_lt_R0 _ HV).
  assert (Hk : 0 < INR L * sqrt (INR L) * C ^ 2 * sqrt Var0).
  { now apply PaperRates.rate_positive. }
  apply Rmult_le_reg_r with (INR L * sqrt (INR L) * C ^ 2 * sqrt Var0); auto.
  unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

Theorem s4 prompts m L d logits jacobian r g lam theta x0 gamma T J : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < J -> within_1_of m L g -> model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t, 0 <= t <= T -> regular prompts m L d logits jacobian x0 (at_time theta t) J) ->
  let p t x := model m logits (at_time theta t) x in
  let Var0 := mean_over prompts (fun x => variance_of m L (p 0 x) (r x)) in
  0 < Var0 -> mean_of m L (p 0 x0) g + gamma <= mean_of m L (p T x0) g ->
  2 * (1 - exp (- sqrt (INR L) * gamma)) / (INR L * sqrt (INR L) * J ^ 2 * sqrt Var0) <= T.
Proof.
  intros Hp Hm HL Hlam HJ Hg Hflow HT Hreg. apply s4_contrast with (d := d) (jacobian := jacobian) (lam := lam); auto.
  intros t Ht. now apply regular_weaker, Hreg.
Qed.

Lemma mean_variance_le_1 prompts m L logits z r : (0 < prompts)%nat -> (0 < m)%nat ->
  (forall x, (x < prompts)%nat -> within_1_of m L (r x)) ->
  mean_over prompts (fun x => variance_of m L (model m logits z x) (r x)) <= 1.
Proof.
  intros Hp Hm Hr. apply Rle_trans with (mean_over prompts (fun _ => 1)).
  - apply FiniteSum.rsum_le. intros x Hx. apply Rmult_le_compat_l; [apply (w_nonneg prompts Hp x Hx)|].
    replace 1 with (1 ^ 2) by ring. apply variance_of_le; auto. intros y Hy. replace (- (1)) with (-1) by ring.
    apply in_outputs in Hx. now apply Hr.
  - right. unfold mean_over, total. rewrite (FiniteSum.rsum_lin1 (seq 0 prompts) _ 1 (fun _ => / INR prompts)) by (intros; ring).
    fold (total prompts (fun _ => / INR prompts)). rewrite mean_weights by auto. ring.
Qed.

(** exp(-7 / (3 lam)), 0 without KL. *)
Definition kl_factor (lam : R) : R := if Req_EM_T lam 0 then 0 else exp (- 7 / (3 * lam)).

(** Theorem 4. *)
Theorem thm4 prompts m L d logits jacobian r g lam theta x0 gamma T J : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < J -> within_1_of m L g -> (forall x, (x < prompts)%nat -> within_1_of m L (r x)) -> 0 < gamma ->
  model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t, 0 <= t <= T -> regular prompts m L d logits jacobian x0 (at_time theta t) J) ->
  let p t x := model m logits (at_time theta t) x in
  let Var0 := mean_over prompts (fun x => variance_of m L (p 0 x) (r x)) in
  0 < Var0 -> mean_of m L (p 0 x0) g + gamma <= mean_of m L (p T x0) g ->
  Rmin (1 - exp (- gamma / 9)) (1 - kl_factor lam) / (8 * INR L ^ 2 * J ^ 2) * Rpower Var0 (- / 3) <= T.
Proof.
  intros Hp Hm HL Hlam HJ Hg Hr Hgamma Hflow HT Hreg p Var0 HV Hgain.
  eapply Rle_trans; [|apply (s4 prompts m L d logits jacobian r g lam theta x0 gamma T J); auto]. fold p. fold Var0.
  assert (HV1 : Var0 <= 1) by now apply (mean_variance_le_1 prompts m L logits (at_time theta 0) r).
  assert (HL1 : 1 <= INR L) by (apply (le_INR 1); lia).
  pose proof (PaperRates.paper_rate (INR L) J Var0 HL1 HV HV1) as Hrate.
  set (u := INR L * sqrt (INR L) * J ^ 2 * sqrt Var0). set (v := 8 * INR L ^ 2 * J ^ 2 * Rpower Var0 (/ 3)).
  assert (Hu : 0 < u).
  { apply PaperRates.rate_positive; auto; lra. }
  assert (Hv : 8 * u <= v) by (unfold u, v; lra).
  assert (E : Rmin (1 - exp (- gamma / 9)) (1 - kl_factor lam) / (8 * INR L ^ 2 * J ^ 2) * Rpower Var0 (- / 3)
    = Rmin (1 - exp (- gamma / 9)) (1 - kl_factor lam) * / v).
  { rewrite Rpower_Ropp. unfold v. field. repeat split; try lra. apply Rgt_not_eq, exp_pos. }
  rewrite E. fold u.
  assert (He1 : exp (- gamma / 9) < 1) by (rewrite <- exp_0; apply exp_increasing; lra).
  assert (He2 : exp (- sqrt (INR L) * gamma) <= exp (- gamma / 9)).
  { apply PaperRates.exp_le. assert (1 <= sqrt (INR L)) by (rewrite <- sqrt_1; apply sqrt_le_1_alt; lra). nra. }
  assert (Hmin : Rmin (1 - exp (- gamma / 9)) (1 - kl_factor lam) <= 1 - exp (- sqrt (INR L) * gamma))
    by (eapply Rle_trans; [apply Rmin_l|lra]).
  assert (Hiv : / v <= / u) by (apply Rinv_le_contravar; lra).
  assert (Hiu : 0 < / v) by (apply Rinv_0_lt_compat; lra).
  set (e := 1 - exp (- sqrt (INR L) * gamma)) in *. assert (He : 0 < e) by (unfold e; lra).
  apply Rle_trans with (e * / v); [apply Rmult_le_compat_r; lra|]. unfold Rdiv. nra.
Qed.

(** S4's path length: the integral of the speed |theta'| up to T. *)
Theorem s4_path prompts m L d logits jacobian r lam theta T J length : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < J -> model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t, 0 <= t <= T -> regular prompts m L d logits jacobian 0 (at_time theta t) J) ->
  let Var0 := mean_over prompts (fun x => variance_of m L (model m logits (at_time theta 0) x) (r x)) in
  let k := INR L * sqrt (INR L) * J ^ 2 * sqrt Var0 / 2 in
  k * T < 1 -> is_RInt (fun t => norm2 d (fun j => Derive (theta j) t)) 0 T length ->
  length <= sqrt 2 / (INR L * J) * ln (/ (1 - k * T)).
Proof.
  intros Hp Hm HL Hlam HJ Hflow HT Hreg Var0 k Hk Hlen.
  assert (Hreg' : forall t, 0 <= t <= T -> regular_contrast prompts m L d logits jacobian 0 (at_time theta t) J)
    by (intros t Ht; now apply regular_weaker, Hreg).
  pose proof (flow_bridge prompts m L d logits r lam theta Hflow) as Hf.
  assert (HL0 : 0 < INR L) by now apply lt_0_INR.
  assert (Ek : 1 - INR L * sqrt (INR L) * J ^ 2 / 2 * sqrt Var0 * T = 1 - k * T) by (unfold k; field).
  pose proof (ParameterTimes.s4_path (seq 0 m) L d logits jacobian (seq 0 prompts) (fun _ => / INR prompts) r lam theta 0%nat T J
    (outputs_nonempty m Hm) (w_nonneg prompts Hp) (w_total prompts Hp) Hlam HT
    (smooth_all prompts m L d logits jacobian theta 0 T J Hreg') (contrast_all prompts m L d logits jacobian theta 0 T J Hreg')
    Hf HL HJ length) as H.
  change (FiniteSum.rsum (seq 0 prompts) _) with Var0 in H. rewrite Ek in H.
  eapply Rle_trans; [apply H; [lra|]|].
  - apply (is_RInt_ext (fun t => norm2 d (fun j => Derive (theta j) t))); auto.
    intros t Ht. rewrite Rmin_left in Ht by auto. unfold norm2. f_equal. apply FiniteSum.rsum_ext. intros j Hj.
    apply in_outputs in Hj. f_equal. apply is_derive_unique. apply Hf; auto. lra.
  - right. f_equal. replace (INR L * J ^ 2 / 2) with (INR L * (J ^ 2 * / 2)) by field.
    rewrite (sqrt_mult_alt (INR L)) by lra. rewrite (sqrt_mult_alt (J ^ 2)) by apply pow2_ge_0. rewrite sqrt_pow2 by lra.
    assert (E2 : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra). pose proof (sqrt_lt_R0 2 ltac:(lra)) as H2.
    pose proof (sqrt_lt_R0 _ HL0). rewrite sqrt_inv. rewrite <- E2 at 2. field. repeat split; lra.
Qed.

(** Lemma 5, the path: the paper asks that no regularised reward exceeds 8 until then, which is not needed. *)
Theorem lem5 prompts m L d logits jacobian r lam theta T J length : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < J -> (forall x, (x < prompts)%nat -> within_1_of m L (r x)) ->
  model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t, 0 <= t <= T -> regular prompts m L d logits jacobian 0 (at_time theta t) J) ->
  let Var0 := mean_over prompts (fun x => variance_of m L (model m logits (at_time theta 0) x) (r x)) in
  let c := 8 * INR L ^ 2 * J ^ 2 * Rpower Var0 (/ 3) in
  0 < Var0 -> c * T < 1 -> is_RInt (fun t => norm2 d (fun j => Derive (theta j) t)) 0 T length ->
  length <= 3 / (2 * INR L * J) * ln (/ (1 - c * T)).
Proof.
  intros Hp Hm HL Hlam HJ Hr Hflow HT Hreg Var0 c HV Hc Hlen.
  assert (HV1 : Var0 <= 1) by now apply (mean_variance_le_1 prompts m L logits (at_time theta 0) r).
  assert (HL1 : 1 <= INR L) by (apply (le_INR 1); lia).
  pose proof (PaperRates.paper_rate (INR L) J Var0 HL1 HV HV1) as Hrate. fold c in Hrate.
  set (k := INR L * sqrt (INR L) * J ^ 2 * sqrt Var0 / 2).
  assert (Hk0 : 0 <= k) by (unfold k; pose proof (PaperRates.rate_positive (INR L) J Var0 ltac:(lra) HJ HV); lra).
  assert (Hkc : k <= c).
  { assert (0 <= c / 16) by (eapply Rle_trans; [|exact Hrate]; unfold k in Hk0; lra). unfold k. lra. }
  assert (HkT : k * T <= c * T) by (apply Rmult_le_compat_r; auto).
  assert (HkT0 : 0 <= k * T) by (apply Rmult_le_pos; auto).
  eapply Rle_trans; [apply (s4_path prompts m L d logits jacobian r lam theta T J length); auto; fold Var0; fold k; lra|].
  fold Var0. fold k.
  assert (Hl0 : 0 <= ln (/ (1 - k * T))).
  { rewrite <- ln_1. apply Logarithms.ln_le; [lra|]. rewrite <- Rinv_1 at 1. apply Rinv_le_contravar; lra. }
  assert (Hl : ln (/ (1 - k * T)) <= ln (/ (1 - c * T))).
  { apply Logarithms.ln_le; [apply Rinv_0_lt_compat; lra|]. apply Rinv_le_contravar; lra. }
  assert (H2 : sqrt 2 <= 3 / 2).
  { rewrite <- (sqrt_pow2 (3 / 2)) by lra. apply sqrt_le_1_alt. lra. }
  assert (Hi : 0 < / (INR L * J)) by (apply Rinv_0_lt_compat, Rmult_lt_0_compat; lra).
  apply Rmult_le_compat; auto.
  - apply Rmult_le_pos; [apply sqrt_pos|lra].
  - replace (3 / (2 * INR L * J)) with (3 / 2 * / (INR L * J)) by (field; lra). apply Rmult_le_compat_r; lra.
Qed.

(** Lemma 6: the regularised reward stays within [-8, 8]. *)
Theorem lem6 prompts m L d logits jacobian r lam theta T J x y : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < J -> (forall x, (x < prompts)%nat -> within_1_of m L (r x)) ->
  model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t, 0 <= t <= T -> regular prompts m L d logits jacobian 0 (at_time theta t) J) ->
  let p t := model m logits (at_time theta t) x in
  let Var0 := mean_over prompts (fun x => variance_of m L (model m logits (at_time theta 0) x) (r x)) in
  0 < Var0 -> T < (1 - kl_factor lam) / (8 * INR L ^ 2 * J ^ 2 * Rpower Var0 (/ 3)) ->
  (x < prompts)%nat -> In y (outputs m L) -> -8 <= regularised (r x) lam (p T) (p 0) y <= 8.
Proof.
  intros Hp Hm HL Hlam HJ Hr Hflow HT Hreg p Var0 HV Hearly Hx Hy.
  pose proof (Hr x Hx y Hy) as Hrx. unfold regularised.
  assert (HV1 : Var0 <= 1) by now apply (mean_variance_le_1 prompts m L logits (at_time theta 0) r).
  assert (HL1 : 1 <= INR L) by (apply (le_INR 1); lia).
  pose proof (PaperRates.paper_rate (INR L) J Var0 HL1 HV HV1) as Hrate.
  set (c := 8 * INR L ^ 2 * J ^ 2 * Rpower Var0 (/ 3)) in *.
  assert (Hc : 0 < c) by (apply PaperRates.paper_rate_positive; auto; lra).
  assert (HcT : c * T < 1 - kl_factor lam).
  { apply (Rmult_lt_compat_r c) in Hearly; auto. unfold Rdiv in Hearly. rewrite Rmult_assoc, Rinv_l in Hearly by lra. lra. }
  assert (Hreg' : forall t, 0 <= t <= T -> regular_contrast prompts m L d logits jacobian 0 (at_time theta t) J)
    by (intros t Ht; now apply regular_weaker, Hreg).
  unfold kl_factor in HcT. destruct (Req_EM_T lam 0) as [->|Hlam0]; [rewrite Rmult_0_l; lra|].
  pose proof (exp_pos (- 7 / (3 * lam))) as He.
  set (k := INR L * sqrt (INR L) * J ^ 2 / 2 * sqrt Var0).
  assert (Hk : k * T <= c * T) by (apply Rmult_le_compat_r; auto; unfold k; lra).
  assert (H0 : 0 < 1 - k * T) by lra.
  pose proof (ParameterTimes.log_ratio (seq 0 m) L d logits jacobian (seq 0 prompts) (fun _ => / INR prompts) r lam theta 0%nat T J
    (outputs_nonempty m Hm) (w_nonneg prompts Hp) (w_total prompts Hp) Hlam HT
    (smooth_all prompts m L d logits jacobian theta 0 T J Hreg') (contrast_all prompts m L d logits jacobian theta 0 T J Hreg')
    (flow_bridge prompts m L d logits r lam theta Hflow) HL HJ x y H0 (proj2 (in_outputs prompts x) Hx) Hy) as H.
  change (FiniteSum.rsum (seq 0 prompts) _) with Var0 in H. fold k in H.
  change (Rabs (ln (p T y / p 0 y)) <= 2 * ln (/ (1 - k * T))) in H.
  assert (Hln : ln (/ (1 - k * T)) <= 7 / (3 * lam)).
  { rewrite <- (ln_exp (7 / (3 * lam))). apply Logarithms.ln_le; [now apply Rinv_0_lt_compat|].
    replace (7 / (3 * lam)) with (- (- 7 / (3 * lam))) by (field; auto). rewrite exp_Ropp. apply Rinv_le_contravar; lra. }
  assert (Hb : lam * Rabs (ln (p T y / p 0 y)) <= 14 / 3).
  { apply Rle_trans with (lam * (2 * (7 / (3 * lam)))); [apply Rmult_le_compat_l; lra|right; field; auto]. }
  pose proof (Rle_abs (ln (p T y / p 0 y))) as Hu. pose proof (Rle_abs (- ln (p T y / p 0 y))) as Hd. rewrite Rabs_Ropp in Hd.
  apply (Rmult_le_compat_l lam) in Hu; auto. apply (Rmult_le_compat_l lam) in Hd; auto. lra.
Qed.

(** S6: half the rate of growth of S4, and contrasts. *)
Theorem s6_var_rate prompts m L d logits jacobian r lam theta t C : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < C -> model_flow prompts m L d logits r lam theta -> 0 < t ->
  regular_contrast prompts m L d logits jacobian 0 (at_time theta t) C ->
  let Var := mean_variance prompts m L logits r lam theta in
  Derive Var t <= / 2 * (INR L * sqrt (INR L) * C ^ 2 * (Var t * sqrt (Var t))).
Proof.
  intros Hp Hm HL Hlam HC Hflow Ht Hreg Var. pose proof (outputs_nonempty m Hm) as Hne.
  assert (Hs : forall x, In x (seq 0 prompts) -> Autoregressive.smooth (seq 0 m) L d logits jacobian (at_time theta t) x).
  { intros x Hx. apply smooth_bridge. apply Hreg. left. now apply in_outputs. }
  assert (Hc : forall x, In x (seq 0 prompts) -> Autoregressive.contrast_norm (seq 0 m) L d jacobian (at_time theta t) x C).
  { intros x Hx. apply contrast_bridge. apply Hreg. left. now apply in_outputs. }
  set (w := fun _ : nat => / INR prompts).
  pose proof (fun j Hj => proj1 (flow_bridge prompts m L d logits r lam theta Hflow j Hj) t Ht) as Hmoves.
  pose proof (ParameterFlow.mean_variance_derive (seq 0 m) L d logits jacobian (seq 0 prompts) w r lam theta Hne t Hs Hmoves) as Hd.
  assert (E : Derive Var t = _) by (apply is_derive_unique; exact Hd). rewrite E.
  eapply Rle_trans; [apply (HalfRate.half_rate (seq 0 m) L d logits jacobian (seq 0 prompts) w r lam theta C Hne
    (w_nonneg prompts Hp) (w_total prompts Hp) Hlam HL HC t Hs Hc Hmoves)|].
  right. change (ParameterFlow.mean_variance (seq 0 m) L logits (seq 0 prompts) w r lam theta t) with (Var t). field.
Qed.

Theorem s6 prompts m L d logits jacobian r g lam theta x0 gamma T C : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < C -> within_1_of m L g -> model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t, 0 <= t <= T -> regular_contrast prompts m L d logits jacobian x0 (at_time theta t) C) ->
  let p t x := model m logits (at_time theta t) x in
  let Var0 := mean_over prompts (fun x => variance_of m L (p 0 x) (r x)) in
  0 < Var0 -> mean_of m L (p 0 x0) g + gamma <= mean_of m L (p T x0) g ->
  4 * (1 - exp (- (sqrt (INR L) * gamma) / 2)) / (INR L * sqrt (INR L) * C ^ 2 * sqrt Var0) <= T.
Proof.
  intros Hp Hm HL Hlam HC Hg Hflow HT Hreg p Var0 HV Hgain.
  pose proof (HalfRate.s6_product (seq 0 m) L d logits jacobian (seq 0 prompts) (fun _ => / INR prompts) r lam theta x0 T C
    (outputs_nonempty m Hm) (w_nonneg prompts Hp) (w_total prompts Hp) Hlam HT
    (smooth_all prompts m L d logits jacobian theta x0 T C Hreg) (contrast_all prompts m L d logits jacobian theta x0 T C Hreg)
    (flow_bridge prompts m L d logits r lam theta Hflow) HL HC g gamma Hg Hgain) as H.
  change (FiniteSum.rsum (seq 0 prompts) _) with Var0 in H.
  assert (HL0 : 0 < INR L) by now apply lt_0_INR.
  pose proof (PaperRates.rate_positive (INR L) C Var0 HL0 HC HV) as Hk.
  replace (- (sqrt (INR L) * gamma) / 2) with (- (sqrt (INR L) / 2) * gamma) by field.
  apply Rmult_le_reg_r with (INR L * sqrt (INR L) * C ^ 2 * sqrt Var0); auto.
  unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

Theorem s6_path prompts m L d logits jacobian r lam theta T C length : (0 < prompts)%nat -> (0 < m)%nat -> (0 < L)%nat ->
  0 <= lam -> 0 < C -> model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t, 0 <= t <= T -> regular_contrast prompts m L d logits jacobian 0 (at_time theta t) C) ->
  let Var0 := mean_over prompts (fun x => variance_of m L (model m logits (at_time theta 0) x) (r x)) in
  let k := INR L * sqrt (INR L) * C ^ 2 * sqrt Var0 / 4 in
  k * T < 1 -> is_RInt (fun t => norm2 d (fun j => Derive (theta j) t)) 0 T length ->
  length <= 2 * sqrt 2 / (INR L * C) * ln (/ (1 - k * T)).
Proof.
  intros Hp Hm HL Hlam HC Hflow HT Hreg Var0 k Hk Hlen.
  pose proof (flow_bridge prompts m L d logits r lam theta Hflow) as Hf.
  assert (HL0 : 0 < INR L) by now apply lt_0_INR.
  assert (Ek : 1 - INR L * sqrt (INR L) * C ^ 2 / 4 * sqrt Var0 * T = 1 - k * T) by (unfold k; field).
  pose proof (HalfRate.s6_path (seq 0 m) L d logits jacobian (seq 0 prompts) (fun _ => / INR prompts) r lam theta 0%nat T C
    (outputs_nonempty m Hm) (w_nonneg prompts Hp) (w_total prompts Hp) Hlam HT
    (smooth_all prompts m L d logits jacobian theta 0 T C Hreg) (contrast_all prompts m L d logits jacobian theta 0 T C Hreg)
    Hf HL HC length) as H.
  change (FiniteSum.rsum (seq 0 prompts) _) with Var0 in H. rewrite Ek in H.
  eapply Rle_trans; [apply H; [lra|]|].
  - apply (is_RInt_ext (fun t => norm2 d (fun j => Derive (theta j) t))); auto.
    intros t Ht. rewrite Rmin_left in Ht by auto. unfold norm2. f_equal. apply FiniteSum.rsum_ext. intros j Hj.
    apply in_outputs in Hj. f_equal. apply is_derive_unique. apply Hf; auto. lra.
  - right. f_equal. replace (INR L * C ^ 2 / 2) with (INR L * (C ^ 2 * / 2)) by field.
    rewrite (sqrt_mult_alt (INR L)) by lra. rewrite (sqrt_mult_alt (C ^ 2)) by apply pow2_ge_0. rewrite sqrt_pow2 by lra.
    assert (E2 : sqrt 2 * sqrt 2 = 2) by (apply sqrt_sqrt; lra). pose proof (sqrt_lt_R0 2 ltac:(lra)) as H2.
    pose proof (sqrt_lt_R0 _ HL0). rewrite sqrt_inv.
    apply Rmult_eq_reg_r with (INR L * C * sqrt 2); [|apply Rgt_not_eq, Rmult_lt_0_compat; auto; now apply Rmult_lt_0_compat].
    replace (2 * sqrt 2 / (INR L * C) * (INR L * C * sqrt 2)) with (2 * (sqrt 2 * sqrt 2)) by (field; lra). rewrite E2.
    field. repeat split; lra.
Qed.

(** ** The Fisher form in time *)

(** The largest eigenvalue of the mean Fisher information over the training prompts is at most F. *)
Definition mean_fisher_norm (prompts m L d : nat) logits (z : nat -> R) (F : R) : Prop := forall u,
  mean_over prompts (fun x => mean_of m L (model m logits z x)
    (fun y => total d (fun j => u j * gradient (fun z => ln (model m logits z x y)) z j) ^ 2)) <= F * total d (fun j => u j ^ 2).

(** The rewards g are not all 1, and not all -1. *)
Definition attains_inside (m L : nat) (g : list nat -> R) : Prop :=
  (exists y, In y (outputs m L) /\ g y < 1) /\ exists y, In y (outputs m L) /\ -1 < g y.

Section FisherBridge.
Variables (m L d : nat) (logits : (nat -> R) -> nat -> list nat -> nat -> R).
Variables (jacobian : (nat -> R) -> nat -> list nat -> nat -> nat -> R) (z : nat -> R) (x : nat).
Hypothesis smooth_here : smooth m L d logits jacobian z x.

Lemma score_bridge y j : In y (outputs m L) -> (j < d)%nat ->
  gradient (fun z => ln (model m logits z x y)) z j = Autoregressive.score_of (seq 0 m) logits jacobian z x y j.
Proof.
  intros Hy Hj. apply is_derive_unique.
  apply (Autoregressive.log_partial (seq 0 m) L d logits jacobian z x j y (smooth_bridge m L d logits jacobian z x smooth_here) Hj Hy).
Qed.

Lemma fisher_bridge u : mean_of m L (model m logits z x)
    (fun y => total d (fun j => u j * gradient (fun z => ln (model m logits z x y)) z j) ^ 2)
  = Moments.mean (outputs m L) (model m logits z x) (fun y => Autoregressive.score_along (seq 0 m) d logits jacobian z x u y ^ 2).
Proof.
  apply FiniteSum.rsum_ext. intros y Hy. f_equal. f_equal. rewrite Autoregressive.score_along_dot.
  apply FiniteSum.rsum_ext. intros j Hj. apply in_outputs in Hj. now rewrite (score_bridge y j Hy Hj).
Qed.
End FisherBridge.

Section FisherTime.
Variables (prompts m L d : nat) (logits : (nat -> R) -> nat -> list nat -> nat -> R).
Variables (jacobian : (nat -> R) -> nat -> list nat -> nat -> nat -> R).
Variables (theta : nat -> R -> R) (x0 : nat) (T : R).
Hypothesis smoothness : forall t x, 0 <= t <= T -> (x < prompts)%nat \/ x = x0 -> smooth m L d logits jacobian (at_time theta t) x.

Lemma smooth_known t x : 0 <= t <= T -> In x (seq 0 prompts) \/ x = x0 ->
  Autoregressive.smooth (seq 0 m) L d logits jacobian (at_time theta t) x.
Proof. intros Ht Hx. apply smooth_bridge, smoothness; auto. now apply known. Qed.

Lemma mean_fisher_bridge F : (forall t, 0 < t < T -> mean_fisher_norm prompts m L d logits (at_time theta t) F) ->
  forall t u, 0 < t < T -> FiniteSum.rsum (seq 0 prompts) (fun x => / INR prompts *
    Moments.mean (outputs m L) (model m logits (at_time theta t) x)
      (fun y => Autoregressive.score_along (seq 0 m) d logits jacobian (at_time theta t) x u y ^ 2))
    <= F * FiniteSum.rsum (seq 0 d) (fun j => u j ^ 2).
Proof.
  intros H t u Ht. eapply Rle_trans; [|apply (H t Ht u)]. right. apply FiniteSum.rsum_ext. intros x Hx. apply in_outputs in Hx.
  f_equal. symmetry. apply fisher_bridge. apply smoothness; [lra|now left].
Qed.

Lemma fisher_x_bridge F : (forall t, 0 < t < T -> fisher_norm m L d logits (at_time theta t) x0 F) ->
  forall t u, 0 < t < T -> Moments.mean (outputs m L) (model m logits (at_time theta t) x0)
      (fun y => Autoregressive.score_along (seq 0 m) d logits jacobian (at_time theta t) x0 u y ^ 2)
    <= F * FiniteSum.rsum (seq 0 d) (fun j => u j ^ 2).
Proof.
  intros H t u Ht. eapply Rle_trans; [|apply (H t Ht u)]. right. symmetry. apply fisher_bridge. apply smoothness; [lra|now right].
Qed.
End FisherTime.

(** S8: up to T, no score of a training prompt is longer than kappa, and F, Fx bound the largest eigenvalues of the mean
    Fisher information and of that of the watched prompt x0. *)
Theorem s8 prompts m L d logits jacobian r g lam theta x0 gamma T F Fx kappa : (0 < prompts)%nat -> (0 < m)%nat ->
  0 <= lam -> within_1_of m L g -> attains_inside m L g -> 0 <= gamma -> model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t x, 0 <= t <= T -> (x < prompts)%nat \/ x = x0 -> smooth m L d logits jacobian (at_time theta t) x) ->
  0 < F -> (forall t, 0 < t < T -> mean_fisher_norm prompts m L d logits (at_time theta t) F) ->
  0 < Fx -> (forall t, 0 < t < T -> fisher_norm m L d logits (at_time theta t) x0 Fx) ->
  0 < kappa -> (forall t x y, 0 < t < T -> (x < prompts)%nat -> In y (outputs m L) ->
    norm2 d (gradient (fun z => ln (model m logits z x y)) (at_time theta t)) <= kappa) ->
  let p t x := model m logits (at_time theta t) x in
  let Var0 := mean_over prompts (fun x => variance_of m L (p 0 x) (r x)) in let V0 := mean_of m L (p 0 x0) g in
  let D := asin (V0 + gamma) - asin V0 in
  0 < Var0 -> V0 + gamma <= mean_of m L (p T x0) g ->
  2 / (kappa * sqrt F * sqrt Var0) * (1 - exp (- (kappa * D) / (2 * sqrt Fx))) <= T.
Proof.
  intros Hp Hm Hlam Hg Hgv Hgamma Hflow HT Hs HF Hfisher HFx Hfx Hk Hlen p Var0 V0 D HV Hgain.
  assert (Hlen' : forall t x y, 0 < t < T -> In x (seq 0 prompts) -> In y (outputs m L) ->
    FiniteSum.rsum (seq 0 d) (fun j => Autoregressive.score_of (seq 0 m) logits jacobian (at_time theta t) x y j ^ 2) <= kappa ^ 2).
  { intros t x y Ht Hx Hy. apply in_outputs in Hx. specialize (Hlen t x y Ht Hx Hy). unfold norm2 in Hlen.
    assert (E : total d (fun j => gradient (fun z => ln (model m logits z x y)) (at_time theta t) j ^ 2)
      = FiniteSum.rsum (seq 0 d) (fun j => Autoregressive.score_of (seq 0 m) logits jacobian (at_time theta t) x y j ^ 2)).
    { apply FiniteSum.rsum_ext. intros j Hj. apply in_outputs in Hj. f_equal. apply (score_bridge m L d); auto. apply Hs; [lra|now left]. }
    rewrite <- E. rewrite <- (pow2_sqrt (total d _)) by (apply FiniteSum.rsum_nonneg; intros; apply pow2_ge_0).
    apply pow_incr. split; [apply sqrt_pos|exact Hlen]. }
  pose proof (FisherTime.s8_product (seq 0 m) L d logits jacobian (seq 0 prompts) (fun _ => / INR prompts) r lam theta x0 T F Fx gamma g
    (outputs_nonempty m Hm) (w_nonneg prompts Hp) Hlam HT HF HFx Hgamma
    (smooth_known prompts m L d logits jacobian theta x0 T Hs) (flow_bridge prompts m L d logits r lam theta Hflow)
    (mean_fisher_bridge prompts m L d logits jacobian theta x0 T Hs F Hfisher)
    (fisher_x_bridge prompts m L d logits jacobian theta x0 T Hs Fx Hfx) Hg Hgv Hgain kappa Hk Hlen') as H.
  change (FiniteSum.rsum (seq 0 prompts) _) with Var0 in H.
  change (1 - exp (- (kappa / (2 * sqrt Fx)) * D) <= kappa * sqrt F / 2 * sqrt Var0 * T) in H.
  pose proof (sqrt_lt_R0 _ HV) as HsV. pose proof (sqrt_lt_R0 _ HF) as HsF. pose proof (sqrt_lt_R0 _ HFx) as HsX.
  assert (Hc : 0 < kappa * sqrt F * sqrt Var0) by (apply Rmult_lt_0_compat; auto; now apply Rmult_lt_0_compat).
  replace (- (kappa * D) / (2 * sqrt Fx)) with (- (kappa / (2 * sqrt Fx)) * D) by (field; lra).
  apply Rmult_le_reg_l with (kappa * sqrt F * sqrt Var0); auto.
  replace (kappa * sqrt F * sqrt Var0 * (2 / (kappa * sqrt F * sqrt Var0) * (1 - exp (- (kappa / (2 * sqrt Fx)) * D))))
    with (2 * (1 - exp (- (kappa / (2 * sqrt Fx)) * D))) by (field; repeat split; lra). lra.
Qed.

(** S7: up to T, no advantage of a training prompt is larger than B. *)
Theorem s7 prompts m L d logits jacobian r g lam theta x0 gamma T F Fx B : (0 < prompts)%nat -> (0 < m)%nat ->
  0 <= lam -> within_1_of m L g -> attains_inside m L g -> 0 <= gamma -> model_flow prompts m L d logits r lam theta -> 0 <= T ->
  (forall t x, 0 <= t <= T -> (x < prompts)%nat \/ x = x0 -> smooth m L d logits jacobian (at_time theta t) x) ->
  0 < F -> (forall t, 0 < t < T -> mean_fisher_norm prompts m L d logits (at_time theta t) F) ->
  0 < Fx -> (forall t, 0 < t < T -> fisher_norm m L d logits (at_time theta t) x0 Fx) ->
  let p t x := model m logits (at_time theta t) x in
  0 < B -> (forall t x y, 0 < t < T -> (x < prompts)%nat -> In y (outputs m L) ->
    let A := regularised (r x) lam (p t x) (p 0 x) in Rabs (A y - mean_of m L (p t x) A) <= B) ->
  let Var0 := mean_over prompts (fun x => variance_of m L (p 0 x) (r x)) in let V0 := mean_of m L (p 0 x0) g in
  let D := asin (V0 + gamma) - asin V0 in
  0 < Var0 -> V0 + gamma <= mean_of m L (p T x0) g ->
  2 / (B * F) * ln (1 + D * B / (2 * sqrt Var0) * sqrt (F / Fx)) <= T.
Proof.
  intros Hp Hm Hlam Hg Hgv Hgamma Hflow HT Hs HF Hfisher HFx Hfx p HB Hadv Var0 V0 D HV Hgain.
  assert (Hadv' : forall t x y, 0 < t < T -> In x (seq 0 prompts) -> In y (outputs m L) ->
    Rabs (ParameterFlow.A (seq 0 m) L logits r lam theta t x y) <= B).
  { intros t x y Ht Hx Hy. apply in_outputs in Hx. exact (Hadv t x y Ht Hx Hy). }
  pose proof (FisherTime.s7_product (seq 0 m) L d logits jacobian (seq 0 prompts) (fun _ => / INR prompts) r lam theta x0 T F Fx gamma g
    (outputs_nonempty m Hm) (w_nonneg prompts Hp) Hlam HT HF HFx Hgamma
    (smooth_known prompts m L d logits jacobian theta x0 T Hs) (flow_bridge prompts m L d logits r lam theta Hflow)
    (mean_fisher_bridge prompts m L d logits jacobian theta x0 T Hs F Hfisher)
    (fisher_x_bridge prompts m L d logits jacobian theta x0 T Hs Fx Hfx) Hg Hgv Hgain B HB HV Hadv') as H.
  change (FiniteSum.rsum (seq 0 prompts) _) with Var0 in H.
  change (D * B / (2 * sqrt Var0) * sqrt (F / Fx) <= exp (B * F * T / 2) - 1) in H.
  assert (HBF : 0 < B * F) by now apply Rmult_lt_0_compat.
  set (e := D * B / (2 * sqrt Var0) * sqrt (F / Fx)) in *.
  apply Rmult_le_reg_l with (B * F / 2); [lra|]. replace (B * F / 2 * (2 / (B * F) * ln (1 + e))) with (ln (1 + e)) by (field; lra).
  replace (B * F / 2 * T) with (B * F * T / 2) by field.
  destruct (Rle_or_lt (1 + e) 0) as [Hneg|Hpos].
  - assert (E0 : ln (1 + e) = 0) by (unfold ln; destruct (Rlt_dec 0 (1 + e)); [exfalso; lra|reflexivity]).
    assert (0 <= B * F * T) by (apply Rmult_le_pos; lra). lra.
  - rewrite <- (ln_exp (B * F * T / 2)). apply Logarithms.ln_le; lra.
Qed.

(** S8 against S4: with F and Fx at most L J^2 / 2 (s0_fisher), kappa at most sqrt 2 L J, and gamma within reach, the bound of
    S8 is at least that of S4. *)
Theorem s8_over_s4 (L : nat) (J F Fx kappa Var0 V0 gamma : R) : (0 < L)%nat -> 0 < J -> 0 < F <= INR L * J ^ 2 / 2 ->
  0 < Fx <= INR L * J ^ 2 / 2 -> 0 < kappa <= sqrt 2 * INR L * J -> 0 < Var0 -> -1 < V0 -> 0 <= gamma -> V0 + gamma < 1 ->
  let D := asin (V0 + gamma) - asin V0 in
  2 * (1 - exp (- sqrt (INR L) * gamma)) / (INR L * sqrt (INR L) * J ^ 2 * sqrt Var0)
    <= 2 / (kappa * sqrt F * sqrt Var0) * (1 - exp (- (kappa * D) / (2 * sqrt Fx))).
Proof.
  intros HL HJ [HF HF1] [HFx HFx1] [Hk Hk1] HV HV0 Hg HVg D. assert (HL0 : 0 < INR L) by now apply lt_0_INR.
  pose proof (FisherComparison.asin_gain V0 gamma HV0 Hg HVg) as HD. fold D in HD.
  pose proof (sqrt_lt_R0 _ HF) as HsF. pose proof (sqrt_lt_R0 _ HFx) as HsX. pose proof (sqrt_lt_R0 _ HV) as HsV. pose proof (sqrt_lt_R0 _ HL0) as HsL.
  set (Lam := INR L * J ^ 2 / 2) in *. assert (HsLam : 0 < sqrt Lam) by (apply sqrt_lt_R0; lra).
  set (k0 := sqrt 2 * INR L * J) in *.
  assert (Eroot : sqrt 2 * J * sqrt Lam = sqrt (INR L) * J ^ 2) by (apply ParameterTimes.sqrt_twice; lra).
  assert (Hb : gamma / (2 * sqrt Lam) <= D / (2 * sqrt Fx)).
  { assert (sqrt Fx <= sqrt Lam) by now apply sqrt_le_1_alt.
    unfold Rdiv. apply Rmult_le_compat; auto; [apply Rlt_le, Rinv_0_lt_compat; lra|apply Rinv_le_contravar; lra]. }
  pose proof (FisherComparison.saturation_le kappa k0 (D / (2 * sqrt Fx)) (gamma / (2 * sqrt Lam)) (sqrt F) (sqrt Lam) Hk Hk1
    ltac:(apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra]) Hb HsF ltac:(now apply sqrt_le_1_alt)) as H.
  assert (E1 : k0 * (gamma / (2 * sqrt Lam)) = sqrt (INR L) * gamma).
  { assert (Esq : sqrt Lam * sqrt Lam = Lam) by (apply sqrt_sqrt; lra).
    apply Rmult_eq_reg_r with (2 * sqrt Lam * sqrt Lam); [|apply Rgt_not_eq; apply Rmult_lt_0_compat; lra].
    replace (k0 * (gamma / (2 * sqrt Lam)) * (2 * sqrt Lam * sqrt Lam)) with (INR L * gamma * (sqrt 2 * J * sqrt Lam)) by (unfold k0; field; lra).
    rewrite Eroot. replace (sqrt (INR L) * gamma * (2 * sqrt Lam * sqrt Lam)) with (sqrt (INR L) * gamma * (2 * (sqrt Lam * sqrt Lam))) by ring.
    rewrite Esq. unfold Lam. field. }
  assert (E2 : k0 * sqrt Lam = INR L * sqrt (INR L) * J ^ 2).
  { replace (k0 * sqrt Lam) with (INR L * (sqrt 2 * J * sqrt Lam)) by (unfold k0; ring). rewrite Eroot. ring. }
  rewrite E1, E2 in H. replace (kappa * (D / (2 * sqrt Fx))) with (kappa * D / (2 * sqrt Fx)) in H by (field; lra).
  replace (- (kappa * D) / (2 * sqrt Fx)) with (- (kappa * D / (2 * sqrt Fx))) by (field; lra).
  replace (- sqrt (INR L) * gamma) with (- (sqrt (INR L) * gamma)) by ring.
  apply (Rmult_le_compat_r (2 / sqrt Var0)) in H; [|apply Rlt_le, Rdiv_lt_0_compat; lra].
  pose proof (pow_lt _ 2 HJ) as HJ2.
  assert (Hden : INR L * sqrt (INR L) * J ^ 2 <> 0) by (apply Rgt_not_eq, Rmult_lt_0_compat; auto; now apply Rmult_lt_0_compat).
  replace (2 * (1 - exp (- (sqrt (INR L) * gamma))) / (INR L * sqrt (INR L) * J ^ 2 * sqrt Var0))
    with ((1 - exp (- (sqrt (INR L) * gamma))) / (INR L * sqrt (INR L) * J ^ 2) * (2 / sqrt Var0)) by (field; repeat split; lra).
  eapply Rle_trans; [exact H|]. right. field. repeat split; lra.
Qed.

(** Observation (b): the expectation of f given a prefix is a martingale, and the variance of f is the sum of what the single
    tokens contribute. [given k prefix] is the expectation of f with k tokens to come. *)
Definition given (m : nat) (next : list nat -> nat -> R) (f : list nat -> R) (k : nat) (prefix : list nat) : R :=
  sum_over (outputs m k) (fun y => probability next prefix y * f (prefix ++ y)).
Theorem martingale m L (next : list nat -> nat -> R) (f : list nat -> R) :
  (forall prefix, prefix_of m L prefix -> total m (next prefix) = 1) ->
  variance_of m L (probability next nil) f
  = total L (fun l => sum_over (outputs m l) (fun y => probability next nil y
      * variance m (next y) (fun v => given m next f (L - S l) (y ++ v :: nil)))).
Proof.
  intros Hnext.
  assert (Hsum : forall n h, Sequences.prefix (seq 0 m) L (S n) h -> FiniteSum.rsum (seq 0 m) (next h) = 1).
  { intros n h [Hh Hn]. apply Hnext. split; [intros v Hv; now apply in_outputs, Hh|lia]. }
  exact (Martingale.martingale_from (seq 0 m) next L f Hsum L nil (Sequences.prefix_start (seq 0 m) L)).
Qed.
