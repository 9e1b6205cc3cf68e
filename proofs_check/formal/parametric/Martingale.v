(** Observation (b): the expectations given growing prefixes are a martingale, so the variance of a function of a sequence
    is the sum of the variances that its tokens contribute [martingale]. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum Moments Sequences.
Open Scope R_scope.

Section Martingale.
Context {V : Type}.
Variables (vocabulary : list V) (next : list V -> V -> R) (L : nat) (f : list V -> R).
Hypothesis next_sum : forall n h, prefix vocabulary L (S n) h -> rsum vocabulary (next h) = 1.
Notation Y := (sequences vocabulary).
Notation p := (probability next).

(** E[f] given the prefix h, with n tokens to come. *)
Definition given (n : nat) (h : list V) : R := mean (Y n) (p h) (fun y => f (h ++ y)).

Lemma given_step n h : given (S n) h = mean vocabulary (next h) (fun v => given n (h ++ v :: nil)).
Proof.
  unfold given. rewrite mean_step. apply rsum_ext. intros v _. f_equal. apply rsum_ext. intros y _. now rewrite <- app_assoc.
Qed.

(** What the token after h and k further ones contributes, as an expectation given h. *)
Definition contribution (n k : nat) (h : list V) : R :=
  mean (Y k) (p h) (fun y => var vocabulary (next (h ++ y)) (fun v => given (n - S k) (h ++ y ++ v :: nil))).

Lemma contribution_0 n h : contribution (S n) 0 h = var vocabulary (next h) (fun v => given n (h ++ v :: nil)).
Proof. unfold contribution. rewrite mean_ends, app_nil_r. replace (S n - 1)%nat with n by lia. reflexivity. Qed.

Lemma contribution_S n k h : contribution (S n) (S k) h = mean vocabulary (next h) (fun v => contribution n k (h ++ v :: nil)).
Proof.
  unfold contribution. rewrite mean_step. apply rsum_ext. intros v _. f_equal. apply rsum_ext. intros y _.
  replace (S n - S (S k))%nat with (n - S k)%nat by lia.
  assert (E : forall s, (h ++ v :: nil) ++ s = h ++ v :: s) by (intros s; now rewrite <- app_assoc).
  rewrite E. apply Rmult_eq_compat_l. apply (f_equal (var vocabulary (next (h ++ v :: y)))).
  apply FunctionalExtensionality.functional_extensionality. intros u. now rewrite E.
Qed.

Theorem martingale_from n : forall h, prefix vocabulary L n h ->
  mean (Y n) (p h) (fun y => (f (h ++ y) - given n h) ^ 2) = rsum (seq 0 n) (fun k => contribution n k h).
Proof.
  induction n as [|n IH]; intros h Hh.
  - unfold given. rewrite !mean_ends. simpl. ring.
  - set (q := fun v => given n (h ++ v :: nil)).
    assert (Hv : forall v, In v vocabulary -> mean (Y n) (p (h ++ v :: nil)) (fun y => (f (h ++ v :: y) - given (S n) h) ^ 2)
      = rsum (seq 0 n) (fun k => contribution n k (h ++ v :: nil)) + (q v - given (S n) h) ^ 2).
    { intros v Hv. assert (Hp : prefix vocabulary L n (h ++ v :: nil)) by (eapply prefix_next; eauto).
      rewrite <- (IH (h ++ v :: nil) Hp). set (e := given (S n) h). fold (q v).
      assert (H1 : rsum (Y n) (p (h ++ v :: nil)) = 1) by (apply (probability_sum vocabulary next L next_sum n); auto).
      assert (Eq : rsum (Y n) (fun y => p (h ++ v :: nil) y * f ((h ++ v :: nil) ++ y)) = q v) by reflexivity.
      unfold mean.
      rewrite (rsum_lin3 (Y n) (fun y => p (h ++ v :: nil) y * (f (h ++ v :: y) - e) ^ 2)
        1 (fun y => p (h ++ v :: nil) y * (f ((h ++ v :: nil) ++ y) - q v) ^ 2)
        (2 * (q v - e)) (fun y => p (h ++ v :: nil) y * f ((h ++ v :: nil) ++ y)) ((q v - e) ^ 2 - 2 * (q v - e) * q v) (p (h ++ v :: nil))).
      - rewrite H1, Eq. ring.
      - intros y _. rewrite <- app_assoc. simpl. ring. }
    rewrite mean_step. unfold mean at 1.
    rewrite (rsum_ext vocabulary _ (fun v => next h v * (rsum (seq 0 n) (fun k => contribution n k (h ++ v :: nil)) + (q v - given (S n) h) ^ 2)))
      by (intros v Hvin; f_equal; now apply Hv).
    rewrite (rsum_lin2 vocabulary _ 1 (fun v => next h v * rsum (seq 0 n) (fun k => contribution n k (h ++ v :: nil)))
      1 (fun v => next h v * (q v - given (S n) h) ^ 2)) by (intros; ring).
    cbn [seq rsum]. rewrite contribution_0, <- seq_shift, rsum_map.
    change (fun v => given n (h ++ v :: nil)) with q. unfold var.
    assert (Em : mean vocabulary (next h) q = given (S n) h) by (symmetry; apply given_step). rewrite Em.
    rewrite (rsum_ext (seq 0 n) (fun k => contribution (S n) (S k) h) (fun k => mean vocabulary (next h) (fun v => contribution n k (h ++ v :: nil))))
      by (intros k _; apply contribution_S).
    unfold mean at 2. rewrite rsum_exchange.
    rewrite (rsum_ext vocabulary (fun v => next h v * rsum (seq 0 n) (fun k => contribution n k (h ++ v :: nil)))
      (fun v => rsum (seq 0 n) (fun k => next h v * contribution n k (h ++ v :: nil)))) by (intros; now rewrite rsum_scal).
    unfold mean. ring.
Qed.
End Martingale.
