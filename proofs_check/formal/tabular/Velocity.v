(** The velocity of a probability: Lemma 9 [lem9]. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Moments Calculus Softmax Flow.
Open Scope R_scope.

Section Lemma9.
Context {X : Type}.
Variables (l : list X) (r : X -> R) (lam S : R) (theta : X -> R -> R) (t : R).
Let p := policy l theta t.
Let logratio i := ln (p i / policy l theta 0 i).
Let V := mean l p r.
Let KL := mean l p logratio.
Hypothesis l_nonempty : l <> nil.
Hypothesis S_pos : 0 < S.
Hypothesis flow : forall i, In i l -> is_derive (theta i) t (p i * adv l r lam theta t i / S).

Lemma adv_split i : adv l r lam theta t i = (r i - V) - lam * (logratio i - KL).
Proof.
  unfold adv, rkl. fold p.
  assert (E : mean l p (fun i => r i - lam * ln (p i / policy l theta 0 i)) = V - lam * KL).
  { unfold mean. rewrite (rsum_lin2 l _ 1 (fun i => p i * r i) (- lam) (fun i => p i * logratio i))
      by (intros; unfold logratio; ring).
    unfold V, KL, mean. ring. }
  change (mean l p (rkl l r lam theta t)) with (mean l p (fun i => r i - lam * ln (p i / policy l theta 0 i))).
  rewrite E. unfold logratio. ring.
Qed.

Lemma lem9 i : In i l -> is_derive (fun s => policy l theta s i) t
  (/ S * p i * (p i * (r i - V) - rsum l (fun k => p k ^ 2 * (r k - V)))
   - lam / S * p i * (p i * (logratio i - KL) - rsum l (fun k => p k ^ 2 * (logratio k - KL)))).
Proof.
  intros Hi. refine (derive_eq _ _ _ _ (softmax_derive l theta t _ flow i Hi) _).
  change (softmax l (fun k => theta k t)) with p. unfold mean.
  rewrite (rsum_lin2 l (fun k => p k * (p k * adv l r lam theta t k / S)) (/ S) (fun k => p k ^ 2 * (r k - V))
    (- lam / S) (fun k => p k ^ 2 * (logratio k - KL))) by (intros; rewrite adv_split; field; lra).
  rewrite adv_split. field. lra.
Qed.
End Lemma9.
