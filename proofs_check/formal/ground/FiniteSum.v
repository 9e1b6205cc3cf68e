(** Finite sums of reals over a list of indices of any type, and weighted means. Standard library only. *)
From Coq Require Import Reals List Lra Psatz.
Import ListNotations.
Open Scope R_scope.

Section Sum.
Context {X : Type}.

Fixpoint rsum (l : list X) (f : X -> R) : R :=
  match l with nil => 0 | x :: l' => f x + rsum l' f end.

Lemma rsum_ext l f g : (forall x, In x l -> f x = g x) -> rsum l f = rsum l g.
Proof.
  induction l as [|a l IH]; simpl; intros H; [reflexivity|].
  rewrite (H a), IH; auto.
Qed.

Lemma rsum_le l f g : (forall x, In x l -> f x <= g x) -> rsum l f <= rsum l g.
Proof.
  induction l as [|a l IH]; simpl; intros H; [lra|].
  apply Rplus_le_compat; auto.
Qed.

Lemma rsum_zero l : rsum l (fun _ => 0) = 0.
Proof. induction l; simpl; lra. Qed.

Lemma rsum_nonneg l f : (forall x, In x l -> 0 <= f x) -> 0 <= rsum l f.
Proof. intros H; rewrite <- (rsum_zero l); now apply rsum_le. Qed.

Lemma rsum_plus l f g : rsum l (fun x => f x + g x) = rsum l f + rsum l g.
Proof. induction l as [|a l IH]; simpl; lra. Qed.

Lemma rsum_scal l c f : rsum l (fun x => c * f x) = c * rsum l f.
Proof. induction l as [|a l IH]; simpl; [lra|]; rewrite IH; ring. Qed.

Lemma rsum_minus l f g : rsum l (fun x => f x - g x) = rsum l f - rsum l g.
Proof. induction l as [|a l IH]; simpl; lra. Qed.

Lemma rsum_app l1 l2 f : rsum (l1 ++ l2) f = rsum l1 f + rsum l2 f.
Proof. induction l1 as [|a l IH]; simpl; [lra|]; rewrite IH; ring. Qed.

(** Linear combinations: to prove an identity between sums, prove it for the terms. *)
Lemma rsum_lin1 l f c1 g1 : (forall x, In x l -> f x = c1 * g1 x) -> rsum l f = c1 * rsum l g1.
Proof. intros H; rewrite <- rsum_scal; now apply rsum_ext. Qed.

Lemma rsum_lin2 l f c1 g1 c2 g2 : (forall x, In x l -> f x = c1 * g1 x + c2 * g2 x) ->
  rsum l f = c1 * rsum l g1 + c2 * rsum l g2.
Proof. intros H; rewrite <- !rsum_scal, <- rsum_plus; now apply rsum_ext. Qed.

Lemma rsum_lin3 l f c1 g1 c2 g2 c3 g3 : (forall x, In x l -> f x = c1 * g1 x + c2 * g2 x + c3 * g3 x) ->
  rsum l f = c1 * rsum l g1 + c2 * rsum l g2 + c3 * rsum l g3.
Proof. intros H; rewrite <- !rsum_scal, <- !rsum_plus; now apply rsum_ext. Qed.

Lemma rsum_lin4 l f c1 g1 c2 g2 c3 g3 c4 g4 :
  (forall x, In x l -> f x = c1 * g1 x + c2 * g2 x + c3 * g3 x + c4 * g4 x) ->
  rsum l f = c1 * rsum l g1 + c2 * rsum l g2 + c3 * rsum l g3 + c4 * rsum l g4.
Proof. intros H; rewrite <- !rsum_scal, <- !rsum_plus; now apply rsum_ext. Qed.

Lemma rsum_abs l f : Rabs (rsum l f) <= rsum l (fun x => Rabs (f x)).
Proof.
  induction l as [|a l IH]; simpl; [rewrite Rabs_R0; lra|].
  eapply Rle_trans; [apply Rabs_triang|]; lra.
Qed.

(** Observation (a): in a sum that is zero, no term exceeds half of the sum of absolute values. *)
Lemma half_of_abs l f i : In i l -> rsum l f = 0 -> 2 * Rabs (f i) <= rsum l (fun x => Rabs (f x)).
Proof.
  intros Hi H0. destruct (in_split _ _ Hi) as (l1 & l2 & ->).
  rewrite rsum_app in *; simpl in *.
  assert (E : f i = - (rsum l1 f + rsum l2 f)) by lra.
  assert (Rabs (f i) <= rsum l1 (fun x => Rabs (f x)) + rsum l2 (fun x => Rabs (f x))).
  { rewrite E at 1; rewrite Rabs_Ropp. eapply Rle_trans; [apply Rabs_triang|].
    apply Rplus_le_compat; apply rsum_abs. }
  lra.
Qed.

Lemma rsum_pos l f : l <> nil -> (forall x, In x l -> 0 < f x) -> 0 < rsum l f.
Proof.
  destruct l as [|a l]; intros Hl H; [congruence|]; simpl.
  assert (0 <= rsum l f) by (apply rsum_nonneg; intros; apply Rlt_le, H; now right).
  assert (0 < f a) by (apply H; now left). lra.
Qed.

(** Cauchy-Schwarz with nonnegative weights. *)
Lemma cauchy_schwarz l p x y : (forall i, In i l -> 0 <= p i) ->
  rsum l (fun i => p i * (x i * y i)) ^ 2
    <= rsum l (fun i => p i * x i ^ 2) * rsum l (fun i => p i * y i ^ 2).
Proof.
  intros Hp.
  set (M := rsum l (fun i => p i * (x i * y i))).
  set (B := rsum l (fun i => p i * x i ^ 2)).
  set (C := rsum l (fun i => p i * y i ^ 2)).
  assert (HC : 0 <= C).
  { apply rsum_nonneg; intros i Hi; apply Rmult_le_pos; auto; apply pow2_ge_0. }
  assert (HQ : forall a b, 0 <= a ^ 2 * B - 2 * a * b * M + b ^ 2 * C).
  { intros a b.
    replace (a ^ 2 * B - 2 * a * b * M + b ^ 2 * C) with (rsum l (fun i => p i * (a * x i - b * y i) ^ 2)).
    - apply rsum_nonneg; intros i Hi; apply Rmult_le_pos; auto; apply pow2_ge_0.
    - rewrite (rsum_lin3 l _ (a ^ 2) (fun i => p i * x i ^ 2) (- 2 * a * b) (fun i => p i * (x i * y i))
                 (b ^ 2) (fun i => p i * y i ^ 2)) by (intros; ring).
      fold M B C; ring. }
  destruct (Req_dec C 0) as [C0|C0].
  - destruct (Req_dec M 0) as [M0|M0]; [rewrite M0, C0; lra|].
    exfalso. specialize (HQ 1 ((B + 1) / (2 * M))). rewrite C0 in HQ.
    replace (1 ^ 2 * B - 2 * 1 * ((B + 1) / (2 * M)) * M + ((B + 1) / (2 * M)) ^ 2 * 0) with (-1) in HQ by (field; auto).
    lra.
  - specialize (HQ C M).
    assert (0 <= C * (B * C - M ^ 2)) by (eapply Rle_trans; [apply HQ|]; right; ring).
    assert (0 <= B * C - M ^ 2).
    { apply Rmult_le_reg_l with C; [lra|]. lra. }
    lra.
Qed.

End Sum.

Lemma rsum_exchange {X Y} (l : list X) (k : list Y) (f : X -> Y -> R) :
  rsum l (fun x => rsum k (f x)) = rsum k (fun y => rsum l (fun x => f x y)).
Proof.
  induction k as [|b k IH]; simpl; [apply rsum_zero|]. rewrite <- IH, <- rsum_plus. reflexivity.
Qed.

Lemma rsum_single {X} (l : list X) (f : X -> R) (y : X) : NoDup l -> In y l ->
  (forall i, In i l -> i <> y -> f i = 0) -> rsum l f = f y.
Proof.
  intros HN Hy H0. destruct (in_split _ _ Hy) as (l1 & l2 & ->).
  assert (HN' : ~ In y l1 /\ ~ In y l2).
  { apply NoDup_remove_2 in HN. split; intros Hin; apply HN, in_or_app; auto. }
  rewrite rsum_app; simpl.
  rewrite (rsum_ext l1 f (fun _ => 0)), (rsum_ext l2 f (fun _ => 0)), !rsum_zero; [ring| |].
  - intros i Hi. apply H0; [apply in_or_app; simpl; auto|]. intros ->. tauto.
  - intros i Hi. apply H0; [apply in_or_app; auto|]. intros ->. tauto.
Qed.

Lemma term_le_sum {X} (l : list X) (f : X -> R) i : (forall k, In k l -> 0 <= f k) -> In i l -> f i <= rsum l f.
Proof.
  intros Hf Hi. destruct (in_split _ _ Hi) as (l1 & l2 & E). rewrite E in *. rewrite rsum_app; simpl.
  assert (0 <= rsum l1 f) by (apply rsum_nonneg; intros; apply Hf, in_or_app; auto).
  assert (0 <= rsum l2 f) by (apply rsum_nonneg; intros; apply Hf, in_or_app; simpl; auto).
  lra.
Qed.

Lemma sum_sqr_le {X} (l : list X) f : (forall k, In k l -> 0 <= f k) -> rsum l (fun k => f k ^ 2) <= rsum l f ^ 2.
Proof.
  induction l as [|a l IH]; intros H; [simpl; lra|].
  assert (0 <= f a) by (apply H; now left).
  assert (Hl : forall k, In k l -> 0 <= f k) by (intros; apply H; now right).
  specialize (IH Hl). pose proof (rsum_nonneg l f Hl).
  change (f a ^ 2 + rsum l (fun k => f k ^ 2) <= (f a + rsum l f) ^ 2). nra.
Qed.
