(** The fastest growth of a probability without KL, as a rate: the static part of S-L10 [s-lem10]. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum.
Open Scope R_scope.

Lemma cubic_le s p : 0 <= s -> 0 <= p -> s + p <= 1 -> s * p * (1 - p) + (1 - s) * s ^ 2 <= 8 / 27.
Proof.
  intros Hs Hp Hsp. destruct (Rle_or_lt (1 / 2) s) as [H|H].
  - assert (0 <= (s - p) * (1 - s - p)) by (apply Rmult_le_pos; lra).
    assert (p * (1 - p) <= s * (1 - s)) by lra.
    assert (s * (p * (1 - p)) <= s * (s * (1 - s))) by (apply Rmult_le_compat_l; auto).
    assert (0 <= (s - 2 / 3) ^ 2 * (s + 1 / 3)) by (apply Rmult_le_pos; [apply pow2_ge_0|lra]).
    nra.
  - assert (p * (1 - p) <= 1 / 4) by (pose proof (pow2_ge_0 (p - 1 / 2)); lra).
    assert (s * (p * (1 - p)) <= s * (1 / 4)) by (apply Rmult_le_compat_l; auto).
    assert (s * (s * (1 - s)) <= s * (1 / 4)).
    { apply Rmult_le_compat_l; auto. pose proof (pow2_ge_0 (s - 1 / 2)). lra. }
    lra.
Qed.

Section Rate.
Context {X : Type}.
Variables (rest : list X) (i : X) (p r : X -> R).
Let l := i :: rest.
Hypothesis p_nonneg : forall k, In k l -> 0 <= p k.
Hypothesis p_sum : rsum l p = 1.
Hypothesis r_bounded : forall k, In k l -> -1 <= r k <= 1.
Let V := rsum l (fun k => p k * r k).
Let Q := rsum l (fun k => p k ^ 2).
Let u k := p k * (p i + p k - Q).
Let on k := if Rlt_dec 0 (u k) then 1 else 0.
Let s := rsum rest (fun k => on k * p k).
Let Y := rsum rest (fun k => (on k * p k) ^ 2).
Let T := rsum rest (fun k => on k * u k).
Let C := rsum rest u.

Lemma in_rest k : In k rest -> In k l.
Proof. now right. Qed.

Lemma on_sq k : on k * on k = on k.
Proof. unfold on. destruct (Rlt_dec 0 (u k)); ring. Qed.

Lemma on_range k : 0 <= on k <= 1.
Proof. unfold on. destruct (Rlt_dec 0 (u k)); lra. Qed.

Lemma velocity_pairs : p i * (r i - V) - rsum l (fun k => p k ^ 2 * (r k - V)) = rsum rest (fun k => u k * (r i - r k)).
Proof.
  transitivity (rsum l (fun k => u k * (r i - r k))); [|unfold l; simpl; ring].
  unfold u.
  rewrite (rsum_lin4 l (fun k => p k * (p i + p k - Q) * (r i - r k)) ((p i - Q) * r i) p (- (p i - Q)) (fun k => p k * r k)
    (r i) (fun k => p k ^ 2) (-1) (fun k => p k ^ 2 * r k)) by (intros; ring).
  rewrite (rsum_lin2 l (fun k => p k ^ 2 * (r k - V)) 1 (fun k => p k ^ 2 * r k) (- V) (fun k => p k ^ 2)) by (intros; ring).
  fold V Q. rewrite p_sum. ring.
Qed.

Lemma Q_split : Q = p i ^ 2 + rsum rest (fun k => p k ^ 2).
Proof. reflexivity. Qed.

Lemma rest_sum : rsum rest p = 1 - p i.
Proof. rewrite <- p_sum. unfold l. simpl. ring. Qed.

Lemma C_nonneg : 0 <= C.
Proof.
  unfold C, u. rewrite (rsum_lin2 rest _ (p i - Q) p 1 (fun k => p k ^ 2)) by (intros; ring).
  replace (rsum rest (fun k => p k ^ 2)) with (Q - p i ^ 2) by (rewrite Q_split; ring). rewrite rest_sum.
  assert (0 <= p i) by (apply p_nonneg; now left).
  assert (p i ^ 2 <= Q).
  { rewrite Q_split. assert (0 <= rsum rest (fun k => p k ^ 2)) by (apply rsum_nonneg; intros; apply pow2_ge_0). lra. }
  replace ((p i - Q) * (1 - p i) + 1 * (Q - p i ^ 2)) with (p i * ((1 - p i) ^ 2 + (Q - p i ^ 2))) by ring.
  apply Rmult_le_pos; auto. pose proof (pow2_ge_0 (1 - p i)). lra.
Qed.

Lemma T_le : T <= 8 / 27.
Proof.
  assert (Hi : 0 <= p i) by (apply p_nonneg; now left).
  assert (Hon : forall k, In k rest -> 0 <= on k * p k).
  { intros k Hk. apply Rmult_le_pos; [apply on_range|now apply p_nonneg, in_rest]. }
  assert (Hs : 0 <= s) by (apply rsum_nonneg; auto).
  assert (Hsp : s <= 1 - p i).
  { rewrite <- rest_sum. apply rsum_le. intros k Hk. pose proof (on_range k). pose proof (p_nonneg k (in_rest k Hk)). nra. }
  assert (HY : Y <= s ^ 2) by (apply (sum_sqr_le rest (fun k => on k * p k)); auto).
  assert (HQ : p i ^ 2 + Y <= Q).
  { rewrite Q_split. apply Rplus_le_compat_l. apply rsum_le. intros k Hk.
    replace ((on k * p k) ^ 2) with (on k * on k * p k ^ 2) by ring. rewrite on_sq.
    pose proof (on_range k). pose proof (pow2_ge_0 (p k)). nra. }
  assert (ET : T = s * (p i - Q) + Y).
  { unfold T, u. rewrite (rsum_lin2 rest _ (p i - Q) (fun k => on k * p k) 1 (fun k => (on k * p k) ^ 2)).
    - fold s Y. ring.
    - intros k _. replace ((on k * p k) ^ 2) with (on k * on k * p k ^ 2) by ring. rewrite on_sq. ring. }
  pose proof (cubic_le s (p i) Hs Hi ltac:(lra)) as Hc.
  assert (s * (p i ^ 2 + Y) <= s * Q) by (apply Rmult_le_compat_l; auto).
  assert ((1 - s) * Y <= (1 - s) * s ^ 2) by (apply Rmult_le_compat_l; lra).
  rewrite ET. nra.
Qed.

Theorem s_lem10_rate : p i * (r i - V) - rsum l (fun k => p k ^ 2 * (r k - V)) <= 16 / 27.
Proof.
  rewrite velocity_pairs.
  pose proof T_le as HT. pose proof C_nonneg as HC.
  assert (Hri : -1 <= r i <= 1) by (apply r_bounded; now left).
  assert (H : rsum rest (fun k => u k * (r i - r k)) <= 2 * T - (1 - r i) * C).
  { unfold T, C. rewrite (Rmult_comm (1 - r i)), <- (Rmult_comm (1 - r i)), <- !rsum_scal, <- rsum_minus. apply rsum_le.
    intros k Hk. pose proof (r_bounded k (in_rest k Hk)) as Hr. unfold on.
    destruct (Rlt_dec 0 (u k)) as [Hu|Hu]; nra. }
  assert (0 <= (1 - r i) * C) by (apply Rmult_le_pos; lra). lra.
Qed.
End Rate.
