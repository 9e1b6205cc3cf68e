(** Best-of-N sampling with ties: Proposition 1 [prop1]. For every tuple of samples a rule keeps an output, at random if it
    likes, among those of the samples that have the highest reward. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum Sequences.
Open Scope R_scope.

(** A sum that is 1 has a term that is not 0. *)
Lemma some_kept {X} (l : list X) (f : X -> R) : rsum l f = 1 -> exists j, In j l /\ f j <> 0.
Proof.
  induction l as [|a l IH]; simpl; intros H; [lra|].
  destruct (Req_dec (f a) 0) as [E|E]; [|exists a; auto].
  destruct IH as (j & Hj & H0); [lra|]. exists j. auto.
Qed.

Section BestOfN.
Context {X : Type}.
Variables (l : list X) (p : X -> R).
Hypothesis p_nonneg : forall i, In i l -> 0 <= p i.

(** The probability of a tuple of independent samples. *)
Definition tuple_weight : list X -> R := fold_right (fun i weight => p i * weight) 1.

(** [rule s i] is the probability that i is kept of the samples s. *)
Definition keeps_best (r : X -> R) (rule : list X -> X -> R) : Prop := forall s, s <> nil -> (forall i, In i s -> In i l) ->
  rsum l (rule s) = 1 /\ forall i, In i l -> 0 <= rule s i /\ (rule s i <> 0 -> In i s /\ forall k, In k s -> r k <= r i).

Definition best_of (N : nat) (rule : list X -> X -> R) (g : X -> R) : R :=
  rsum (sequences l N) (fun s => tuple_weight s * rsum l (fun i => rule s i * g i)).

Lemma in_tuples N : forall s, In s (sequences l N) -> (forall i, In i s -> In i l) /\ (s = nil -> N = 0%nat).
Proof.
  induction N as [|N IH]; intros s Hs.
  - destruct Hs as [<-|[]]. split; [intros i []|auto].
  - destruct (sequences_cons l N s Hs) as (v & s' & ->). apply in_sequences in Hs as [Hv Hs].
    split; [|discriminate]. intros i [<-|Hi]; auto. now apply (IH s' Hs).
Qed.

Lemma tuple_weight_nonneg N : forall s, In s (sequences l N) -> 0 <= tuple_weight s.
Proof.
  induction N as [|N IH]; intros s Hs.
  - destruct Hs as [<-|[]]. simpl. lra.
  - destruct (sequences_cons l N s Hs) as (v & s' & ->). apply in_sequences in Hs as [Hv Hs]. simpl.
    apply Rmult_le_pos; auto.
Qed.

Theorem prop1 N r g rule rule' : (0 < N)%nat -> keeps_best r rule -> keeps_best g rule' -> best_of N rule g <= best_of N rule' g.
Proof.
  intros HN Hr Hg. apply rsum_le. intros s Hs. destruct (in_tuples N s Hs) as [Hin Hnil].
  assert (Hne : s <> nil) by (intros E; specialize (Hnil E); subst; inversion HN).
  apply Rmult_le_compat_l; [now apply (tuple_weight_nonneg N)|].
  destruct (Hr s Hne Hin) as [Hr1 Hr2]. destruct (Hg s Hne Hin) as [Hg1 Hg2].
  (* some output that rule' keeps; its g is that of all others that it keeps, and at least that of every sample *)
  destruct (some_kept l (rule' s) Hg1) as (j & Hj & Hj0).
  destruct (Hg2 j Hj) as [_ Hjs]. destruct (Hjs Hj0) as [Hjin Hjmax].
  apply Rle_trans with (rsum l (fun i => rule s i * g j)).
  - apply rsum_le. intros i Hi. destruct (Hr2 i Hi) as [H0 H1].
    destruct (Req_dec (rule s i) 0) as [->|Hi0]; [lra|]. apply Rmult_le_compat_l; auto. apply Hjmax. now apply H1.
  - rewrite (rsum_lin1 l (fun i => rule s i * g j) (g j) (rule s)) by (intros; ring). rewrite Hr1, <- Hg1, <- rsum_scal.
    apply rsum_le. intros i Hi. destruct (Hg2 i Hi) as [H0 H1].
    destruct (Req_dec (rule' s i) 0) as [->|Hi0]; [lra|]. rewrite (Rmult_comm (g j)). apply Rmult_le_compat_l; auto.
    destruct (H1 Hi0) as [_ Hmax]. now apply Hmax.
Qed.
End BestOfN.
