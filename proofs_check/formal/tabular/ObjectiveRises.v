(** The objective never decreases [objective-rises], and so the expected reward never falls below its start
    [proxy-rises]: what KL takes from it is not negative. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Logarithms Divergence Softmax Flow Gradient Velocity.
Open Scope R_scope.

Section TwoSided.
Context {X : Type}.
Variables (l : list X) (r : X -> R) (lam S : R) (theta : X -> R -> R).
Hypothesis l_nonempty : l <> nil.
Hypothesis S_pos : 0 < S.
Hypothesis flow : two_sided_flow l r lam S theta.
Notation p := (policy l theta).
Let phi t := mean l (p t) (rkl l r lam theta t).

Lemma phi_derive t : 0 < t -> is_derive phi t (rsum l (fun i => (p t i * adv l r lam theta t i) ^ 2) / S).
Proof.
  intros Ht.
  pose proof (lem7 l r (p 0) lam theta t (fun i => p t i * adv l r lam theta t i / S) l_nonempty
    (fun i Hi => policy_pos l theta 0 i Hi) (fun i Hi => proj1 (flow i Hi) t Ht)) as H.
  refine (derive_eq _ _ _ _ H _).
  transitivity (/ S * rsum l (fun i => (p t i * adv l r lam theta t i) ^ 2)); [|unfold Rdiv; ring].
  apply rsum_lin1. intros i _.
  change (p t i * adv l r lam theta t i * (p t i * adv l r lam theta t i / S) = / S * (p t i * adv l r lam theta t i) ^ 2).
  field. lra.
Qed.

Lemma phi_continuous t : 0 <= t -> continuous phi t.
Proof.
  intros Ht. pose proof (two_sided_continuous l r lam S theta flow t Ht) as Hc.
  apply (mean_continuous l theta t (rkl l r lam theta)); auto. intros i Hi. now apply rkl_continuous.
Qed.

Lemma phi_rises s t : 0 <= s <= t -> phi s <= phi t.
Proof.
  intros Hst. apply (nondecreasing phi (fun u => rsum l (fun i => (p u i * adv l r lam theta u i) ^ 2) / S)); [lra| | |].
  - intros u Hu. apply phi_continuous. lra.
  - intros u Hu. apply phi_derive. lra.
  - intros u Hu. apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat; auto].
    apply rsum_nonneg. intros; apply pow2_ge_0.
Qed.

Lemma phi_split t : phi t = mean l (p t) r - lam * kl l (p t) (p 0).
Proof.
  unfold phi, rkl, mean. rewrite (rsum_lin2 l _ 1 (fun i => p t i * r i) (- lam) (fun i => p t i * ln (p t i / p 0 i)))
    by (intros; ring). unfold kl. ring.
Qed.

Lemma reward_stays t : 0 <= lam -> 0 <= t -> mean l (p 0) r <= mean l (p t) r.
Proof.
  intros Hlam Ht. pose proof (phi_rises 0 t ltac:(lra)) as H. rewrite !phi_split in H.
  assert (H0 : kl l (p 0) (p 0) = 0).
  { unfold kl. rewrite (rsum_ext l _ (fun _ => 0)); [apply rsum_zero|]. intros i Hi.
    pose proof (policy_pos l theta 0 i Hi). replace (p 0 i / p 0 i) with 1 by (field; lra). rewrite ln_1. ring. }
  assert (H1 : 0 <= kl l (p t) (p 0)) by (apply kl_nonneg; intros; try apply policy_pos; auto; now apply policy_sum).
  rewrite H0 in H. nra.
Qed.
End TwoSided.

Theorem objective_rises {X} (l : list X) r lam S theta s t : l <> nil -> 0 < S -> gradient_flow l r lam S theta -> 0 <= s <= t ->
  mean l (policy l theta s) (rkl l r lam theta s) <= mean l (policy l theta t) (rkl l r lam theta t).
Proof.
  intros Hl HS Hflow Hst. pose proof (phi_rises l r lam S (extended theta) Hl HS (extended_flow _ _ _ _ _ Hflow) s t Hst) as H.
  unfold rkl in *. rewrite !extended_policy in H by lra. exact H.
Qed.

Theorem proxy_rises {X} (l : list X) r lam S theta t : l <> nil -> 0 < S -> 0 <= lam -> gradient_flow l r lam S theta -> 0 <= t ->
  mean l (policy l theta 0) r <= mean l (policy l theta t) r.
Proof.
  intros Hl HS Hlam Hflow Ht.
  pose proof (reward_stays l r lam S (extended theta) Hl HS (extended_flow _ _ _ _ _ Hflow) t Hlam Ht) as H.
  rewrite !extended_policy in H by lra. exact H.
Qed.
