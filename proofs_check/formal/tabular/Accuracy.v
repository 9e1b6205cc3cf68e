(** The two reward models of Theorem 5 [thm5]: one of a narrow range, one in which a good output stands out, both with
    the order of a given reward model, on which alone accuracy depends. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

Lemma sign_same x y : (0 < x <-> 0 < y) -> (x < 0 <-> y < 0) -> sign x = sign y.
Proof.
  intros Hp Hn. destruct (Rtotal_order x 0) as [H|[H|H]].
  - rewrite (sign_eq_m1 x H). symmetry. apply sign_eq_m1. now apply Hn.
  - assert (E : y = 0) by (destruct (Rtotal_order y 0) as [Hy|[Hy|Hy]]; [apply Hn in Hy; lra|exact Hy|apply Hp in Hy; lra]).
    now rewrite H, E.
  - rewrite (sign_eq_1 x H). symmetry. apply sign_eq_1. now apply Hp.
Qed.

(** The slow teacher: the same order within an interval of length 1/T. *)
Definition narrow (T : R) (r : nat -> R) (i : nat) : R := r i / (2 * T).

Lemma narrow_sign T r i j : 0 < T -> sign (narrow T r i - narrow T r j) = sign (r i - r j).
Proof.
  intros HT. assert (Hc : 0 < / (2 * T)) by (apply Rinv_0_lt_compat; lra).
  unfold narrow, Rdiv. rewrite <- Rmult_minus_distr_r. apply sign_same; split; intros H; nra.
Qed.

Lemma narrow_range T r i : 0 < T -> -1 <= r i <= 1 -> - / (2 * T) <= narrow T r i <= - / (2 * T) + / T.
Proof.
  intros HT Hr. assert (Hc : 0 < / (2 * T)) by (apply Rinv_0_lt_compat; lra).
  assert (E : / T = 2 * / (2 * T)) by (field; lra). unfold narrow, Rdiv. rewrite E. split; nra.
Qed.

(** The fast teacher: 1 on y, the same order below in (0, q). *)
Definition outstanding (q : R) (y : nat) (r : nat -> R) (i : nat) : R := if Nat.eqb i y then 1 else q * ((r i + 2) / 4).

Lemma outstanding_sign q y r i j : 0 < q <= 1 -> (forall k, k = i \/ k = j -> -1 <= r k <= 1 /\ (k <> y -> r k < r y)) ->
  sign (outstanding q y r i - outstanding q y r j) = sign (r i - r j).
Proof.
  intros Hq Hr. destruct (Hr i (or_introl eq_refl)) as [Hi Hiy]. destruct (Hr j (or_intror eq_refl)) as [Hj Hjy].
  unfold outstanding. destruct (Nat.eqb_spec i y) as [->|Hne]; destruct (Nat.eqb_spec j y) as [->|Hnj].
  - f_equal. ring.
  - specialize (Hjy Hnj). rewrite !sign_eq_1; [reflexivity|lra|nra].
  - specialize (Hiy Hne). rewrite !sign_eq_m1; [reflexivity|lra|nra].
  - apply sign_same; split; intros H; nra.
Qed.

Lemma outstanding_gap q y r i : 0 < q <= 1 -> -1 <= r i <= 1 -> i <> y ->
  1 - q < outstanding q y r y - outstanding q y r i < 1.
Proof.
  intros Hq Hr Hne. unfold outstanding. rewrite Nat.eqb_refl, (proj2 (Nat.eqb_neq i y) Hne). nra.
Qed.
