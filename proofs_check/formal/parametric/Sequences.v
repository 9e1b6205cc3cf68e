(** Outputs that are sequences of tokens, and policies that draw them one token after another (Eq. 2). A prefix h and a
    next-token distribution [next h] make a tree; sums over sequences are sums over the first token of sums over the rest. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus.
Open Scope R_scope.

Section Tree.
Context {V : Type}.
Variable vocabulary : list V.

(** All sequences of n tokens. *)
Fixpoint sequences (n : nat) : list (list V) :=
  match n with O => nil :: nil | S n' => flat_map (fun v => map (cons v) (sequences n')) vocabulary end.

Lemma rsum_map {A B} (l : list A) (h : A -> B) f : rsum (map h l) f = rsum l (fun a => f (h a)).
Proof. induction l as [|a l IH]; simpl; [reflexivity|]. now rewrite IH. Qed.

Lemma rsum_flat_map {A B} (l : list A) (h : A -> list B) f : rsum (flat_map h l) f = rsum l (fun a => rsum (h a) f).
Proof. induction l as [|a l IH]; simpl; [reflexivity|]. now rewrite rsum_app, IH. Qed.

Lemma rsum_sequences n f : rsum (sequences (S n)) f = rsum vocabulary (fun v => rsum (sequences n) (fun y => f (v :: y))).
Proof. simpl. rewrite rsum_flat_map. apply rsum_ext. intros v _. apply rsum_map. Qed.

Lemma in_sequences n v y : In (v :: y) (sequences (S n)) <-> In v vocabulary /\ In y (sequences n).
Proof.
  simpl. rewrite in_flat_map. split.
  - intros (a & Ha & H). apply in_map_iff in H as (b & E & Hb). injection E as -> ->. auto.
  - intros [Hv Hy]. exists v. split; auto. now apply in_map.
Qed.

Lemma sequences_cons n y : In y (sequences (S n)) -> exists v y', y = v :: y'.
Proof.
  simpl. rewrite in_flat_map. intros (a & Ha & H). apply in_map_iff in H as (b & E & Hb). now exists a, b.
Qed.

(** A prefix that can be continued: tokens of the vocabulary, n more to come of L. *)
Definition prefix (L n : nat) (h : list V) : Prop := (forall v, In v h -> In v vocabulary) /\ (length h + n = L)%nat.

Lemma prefix_next L n h v : prefix L (S n) h -> In v vocabulary -> prefix L n (h ++ v :: nil).
Proof.
  intros [H E] Hv. split.
  - intros u Hu. apply in_app_or in Hu as [Hu|[<-|[]]]; auto.
  - rewrite app_length. simpl. lia.
Qed.

Lemma prefix_start L : prefix L L nil.
Proof. split; [intros v []|reflexivity]. Qed.

Section Policy.
Variable next : list V -> V -> R.

(** The probability of the sequence y after the prefix h. *)
Fixpoint probability (h y : list V) : R :=
  match y with nil => 1 | v :: y' => next h v * probability (h ++ v :: nil) y' end.

(** E[f] over n more tokens after h. *)
Lemma mean_step n h f : mean (sequences (S n)) (probability h) f =
  mean vocabulary (next h) (fun v => mean (sequences n) (probability (h ++ v :: nil)) (fun y => f (v :: y))).
Proof.
  unfold mean. rewrite rsum_sequences. apply rsum_ext. intros v _. rewrite <- rsum_scal. apply rsum_ext.
  intros y _. simpl. ring.
Qed.

Lemma mean_ends h f : mean (sequences 0) (probability h) f = f nil.
Proof. unfold mean. simpl. ring. Qed.

Variable L : nat.
Hypothesis next_pos : forall n h v, prefix L (S n) h -> In v vocabulary -> 0 < next h v.
Hypothesis next_sum : forall n h, prefix L (S n) h -> rsum vocabulary (next h) = 1.

Lemma probability_pos n : forall h y, prefix L n h -> In y (sequences n) -> 0 < probability h y.
Proof.
  induction n as [|n IH]; intros h y Hh Hy.
  - destruct Hy as [<-|[]]. simpl. lra.
  - destruct (sequences_cons n y Hy) as (v & y' & ->). apply in_sequences in Hy as [Hv Hy]. simpl.
    apply Rmult_lt_0_compat; [eauto|]. apply IH; auto. eapply prefix_next; eauto.
Qed.

Lemma probability_sum n : forall h, prefix L n h -> rsum (sequences n) (probability h) = 1.
Proof.
  induction n as [|n IH]; intros h Hh; [simpl; ring|].
  rewrite rsum_sequences. rewrite <- (next_sum n h Hh). apply rsum_ext. intros v Hv. simpl.
  rewrite rsum_scal, IH by (eapply prefix_next; eauto). ring.
Qed.

Lemma next_nonneg n h : prefix L (S n) h -> forall v, In v vocabulary -> 0 <= next h v.
Proof. intros Hh v Hv. apply Rlt_le. eauto. Qed.

(** The score along a direction in which the logits after h move by [u h]: d ln pi(y) is the sum over the tokens of
    u - E[u]. *)
Section Score.
Variable u : list V -> V -> R.
Definition step (h : list V) (v : V) : R := u h v - mean vocabulary (next h) (u h).

Fixpoint score (h y : list V) : R :=
  match y with nil => 0 | v :: y' => step h v + score (h ++ v :: nil) y' end.

Lemma score_mean_zero n : forall h, prefix L n h -> mean (sequences n) (probability h) (score h) = 0.
Proof.
  induction n as [|n IH]; intros h Hh; [apply mean_ends|].
  rewrite mean_step.
  rewrite <- (mean_centered vocabulary (next h) (next_sum n h Hh) (u h)).
  apply rsum_ext. intros v Hv. f_equal. simpl.
  assert (Hp : prefix L n (h ++ v :: nil)) by (eapply prefix_next; eauto).
  unfold mean. rewrite (rsum_lin2 (sequences n) _ (step h v) (probability (h ++ v :: nil)) 1
    (fun y => probability (h ++ v :: nil) y * score (h ++ v :: nil) y)) by (intros; ring).
  rewrite probability_sum by auto. fold (mean (sequences n) (probability (h ++ v :: nil)) (score (h ++ v :: nil))).
  rewrite IH by auto. unfold step. fold (mean vocabulary (next h) (u h)). ring.
Qed.

(** Scores of different positions are uncorrelated [s0-fisher]: the mean square is at most n times the largest variance
    of one token's. *)
Variable K : R.
Hypothesis K_bound : forall n h, prefix L (S n) h -> var vocabulary (next h) (u h) <= K.

Lemma score_square_le n : forall h, prefix L n h ->
  mean (sequences n) (probability h) (fun y => score h y ^ 2) <= INR n * K.
Proof.
  induction n as [|n IH]; intros h Hh; [rewrite mean_ends; simpl; lra|].
  rewrite mean_step.
  apply Rle_trans with (mean vocabulary (next h) (fun v => step h v ^ 2 + INR n * K)).
  - apply mean_le; [now apply (next_nonneg n)|]. intros v Hv. simpl score.
    assert (Hp : prefix L n (h ++ v :: nil)) by (eapply prefix_next; eauto).
    set (c := step h v). set (h' := h ++ v :: nil) in *. unfold mean.
    rewrite (rsum_lin3 (sequences n) _ (c ^ 2) (probability h') (2 * c) (fun y => probability h' y * score h' y)
      1 (fun y => probability h' y * score h' y ^ 2)) by (intros; ring).
    rewrite probability_sum by auto. fold (mean (sequences n) (probability h') (score h')).
    rewrite score_mean_zero by auto.
    pose proof (IH h' Hp) as H. unfold mean in H. lra.
  - unfold mean. rewrite (rsum_lin2 vocabulary _ 1 (fun v => next h v * step h v ^ 2) (INR n * K) (next h))
      by (intros; ring).
    rewrite (next_sum n h Hh). pose proof (K_bound n h Hh) as HK. unfold var, mean at 1 in HK. unfold step.
    rewrite S_INR. lra.
Qed.
End Score.

Section LongestScore.
Variables (u : list V -> V -> R) (D : R).
Hypothesis step_le : forall n h v, prefix L (S n) h -> In v vocabulary -> Rabs (step u h v) <= D.

Lemma score_abs_le n : forall h y, prefix L n h -> In y (sequences n) -> Rabs (score u h y) <= INR n * D.
Proof.
  induction n as [|n IH]; intros h y Hh Hy.
  - destruct Hy as [<-|[]]. simpl. rewrite Rabs_R0. lra.
  - destruct (sequences_cons n y Hy) as (v & y' & ->). apply in_sequences in Hy as [Hv Hy]. simpl score.
    assert (Hp : prefix L n (h ++ v :: nil)) by (eapply prefix_next; eauto).
    eapply Rle_trans; [apply Rabs_triang|]. pose proof (step_le n h v Hh Hv). pose proof (IH _ y' Hp Hy).
    rewrite S_INR. lra.
Qed.
End LongestScore.

(** The score is linear in the direction. *)
Lemma score_linear {J} (d : list J) (c : J -> R) (u : J -> list V -> V -> R) y : forall h,
  score (fun h v => rsum d (fun j => c j * u j h v)) h y = rsum d (fun j => c j * score (u j) h y).
Proof.
  induction y as [|v y IH]; intros h; simpl.
  - rewrite (rsum_ext d _ (fun _ => 0)) by (intros; ring). now rewrite rsum_zero.
  - rewrite IH.
    rewrite (rsum_lin2 d (fun j => c j * (step (u j) h v + score (u j) (h ++ v :: nil) y)) 1
      (fun j => c j * step (u j) h v) 1 (fun j => c j * score (u j) (h ++ v :: nil) y)) by (intros; ring).
    assert (E : step (fun h v => rsum d (fun j => c j * u j h v)) h v = rsum d (fun j => c j * step (u j) h v)).
    { unfold step. rewrite (rsum_lin2 d (fun j => c j * (u j h v - mean vocabulary (next h) (u j h))) 1 (fun j => c j * u j h v)
        (-1) (fun j => c j * mean vocabulary (next h) (u j h))) by (intros; ring).
      assert (Em : mean vocabulary (next h) (fun v => rsum d (fun j => c j * u j h v))
        = rsum d (fun j => c j * mean vocabulary (next h) (u j h))).
      { unfold mean. rewrite (rsum_ext vocabulary _ (fun v => rsum d (fun j => c j * (next h v * u j h v)))).
        - rewrite rsum_exchange. apply rsum_ext. intros j _. now rewrite rsum_scal.
        - intros w _. rewrite <- rsum_scal. apply rsum_ext. intros; ring. }
      rewrite Em. ring. }
    rewrite E. ring.
Qed.
End Policy.

(** The derivative of a probability along a path of next-token distributions. *)
Lemma probability_derive (L : nat) (next : R -> list V -> V -> R) (u : list V -> V -> R) t :
  (forall n h v, prefix L (S n) h -> In v vocabulary ->
     is_derive (fun s => next s h v) t (next t h v * step (next t) u h v)) ->
  forall n h y, prefix L n h -> In y (sequences n) ->
  is_derive (fun s => probability (next s) h y) t (probability (next t) h y * score (next t) u h y).
Proof.
  intros Hd. induction n as [|n IH]; intros h y Hh Hy.
  - destruct Hy as [<-|[]]. simpl. rewrite Rmult_0_r. apply (is_derive_const 1 t).
  - destruct (sequences_cons n y Hy) as (v & y' & ->). apply in_sequences in Hy as [Hv Hy].
    assert (Hp : prefix L n (h ++ v :: nil)) by (eapply prefix_next; eauto).
    refine (derive_eq _ _ _ _ (derive_mult (fun s => next s h v) (fun s => probability (next s) (h ++ v :: nil) y') t _ _
      (Hd n h v Hh Hv) (IH _ y' Hp Hy)) _).
    simpl. ring.
Qed.

Lemma probability_continuous (L : nat) (next : R -> list V -> V -> R) t :
  (forall n h v, prefix L (S n) h -> In v vocabulary -> continuous (fun s => next s h v) t) ->
  forall n h y, prefix L n h -> In y (sequences n) -> continuous (fun s => probability (next s) h y) t.
Proof.
  intros Hc. induction n as [|n IH]; intros h y Hh Hy.
  - destruct Hy as [<-|[]]. simpl. apply continuous_const.
  - destruct (sequences_cons n y Hy) as (v & y' & ->). apply in_sequences in Hy as [Hv Hy].
    assert (Hp : prefix L n (h ++ v :: nil)) by (eapply prefix_next; eauto).
    apply (cont_mult (fun s => next s h v) (fun s => probability (next s) (h ++ v :: nil) y')); eauto.
Qed.
End Tree.
