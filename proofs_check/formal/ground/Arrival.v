(** A barrier that a function cannot cross downwards, and the time by which a probability has grown to rho if
    P' >= k (1 - loss) P^2 (1-P)^2 while it is on its way: the heart of the upper bounds. *)
From Coq Require Import Reals Lra Psatz Classical.
From Coquelicot Require Import Coquelicot.
From Flat Require Import Calculus Differentiable.
Open Scope R_scope.

Section Barrier.
Variables (f df : R -> R) (T x : R).
Hypothesis f_cont : forall t, 0 <= t <= T -> continuous f t.
Hypothesis f_derive : forall t, 0 < t < T -> is_derive f t (df t).
Hypothesis start : x < f 0.
Hypothesis rises : forall t, 0 < t < T -> f t = x -> 0 < df t.

Lemma barrier t : 0 <= t <= T -> x <= f t.
Proof.
  intros Ht. apply Rnot_lt_le. intros Hlt.
  set (E := fun s => 0 <= s <= t /\ x <= f s).
  assert (Hbound : bound E) by (exists t; intros s [Hs _]; lra).
  assert (Hinh : exists s, E s) by (exists 0; split; lra).
  destruct (completeness E Hbound Hinh) as (s & Hup & Hleast).
  assert (Hs0 : 0 <= s) by (apply Hup; split; lra).
  assert (Hst : s <= t) by (apply Hleast; intros u [Hu _]; lra).
  assert (Hc : continuous f s) by (apply f_cont; lra).
  assert (Hge : x <= f s).
  { apply Rnot_lt_le. intros Hfs.
    destruct (proj1 (filterlim_locally f (f s)) Hc (mkposreal (x - f s) ltac:(lra))) as (d & Hd).
    assert (Hle : s <= s - d / 2); [|pose proof (cond_pos d); lra].
    apply Hleast. intros u [Hu Hfu]. apply Rnot_lt_le. intros Hus.
    assert (Hus' : u <= s) by (apply Hup; split; auto).
    assert (Hb : ball s d u) by (change (Rabs (u - s) < d); apply Rabs_def1; pose proof (cond_pos d); lra).
    specialize (Hd u Hb). change (Rabs (f u - f s) < x - f s) in Hd. apply Rabs_def2 in Hd. lra. }
  assert (Hs1 : s < t) by (destruct Hst as [H|H]; [auto|subst; lra]).
  assert (Hafter : forall u, s < u <= t -> f u < x).
  { intros u Hu. apply Rnot_le_lt. intros Hfu. assert (u <= s) by (apply Hup; split; lra). lra. }
  assert (Hle : f s <= x).
  { apply Rnot_lt_le. intros Hfs.
    destruct (proj1 (filterlim_locally f (f s)) Hc (mkposreal (f s - x) ltac:(lra))) as (d & Hd).
    set (u := s + Rmin (d / 2) (t - s)).
    assert (Hm : 0 < Rmin (d / 2) (t - s)) by (apply Rmin_pos; [pose proof (cond_pos d); lra|lra]).
    assert (Hm1 : Rmin (d / 2) (t - s) <= d / 2) by apply Rmin_l.
    assert (Hm2 : Rmin (d / 2) (t - s) <= t - s) by apply Rmin_r.
    assert (Hb : ball s d u) by (change (Rabs (u - s) < d); unfold u; apply Rabs_def1; pose proof (cond_pos d); lra).
    specialize (Hd u Hb). change (Rabs (f u - f s) < f s - x) in Hd. apply Rabs_def2 in Hd.
    assert (f u < x) by (apply Hafter; unfold u; lra). lra. }
  assert (Hx : f s = x) by lra.
  assert (Hs2 : 0 < s) by (destruct Hs0 as [H|H]; [auto|subst s; lra]).
  assert (Hsd : 0 < s < T) by lra.
  pose proof (rises s Hsd Hx) as Hr.
  destruct (derive_locally f s (df s) (f_derive s Hsd) (df s / 2) ltac:(lra)) as (d & Hd).
  set (u := s + Rmin (d / 2) (t - s)).
  assert (Hm : 0 < Rmin (d / 2) (t - s)) by (apply Rmin_pos; [pose proof (cond_pos d); lra|lra]).
  assert (Hm1 : Rmin (d / 2) (t - s) <= d / 2) by apply Rmin_l.
  assert (Hm2 : Rmin (d / 2) (t - s) <= t - s) by apply Rmin_r.
  assert (Hb : ball s d u) by (change (Rabs (u - s) < d); unfold u; apply Rabs_def1; pose proof (cond_pos d); lra).
  specialize (Hd u Hb). assert (Hu : f u < x) by (apply Hafter; unfold u; lra).
  set (h := Rmin (d / 2) (t - s)) in *. replace (u - s) with h in Hd by (unfold u; ring).
  rewrite (Rabs_pos_eq h) in Hd by lra. apply Rabs_le_between in Hd. nra.
Qed.
End Barrier.

(** G' = 1 / (p^2 (1-p)^2). *)
Definition span (p : R) : R := 2 * ln (p / (1 - p)) + (2 * p - 1) / (p * (1 - p)).

Lemma span_derive p : 0 < p < 1 -> is_derive span p (/ (p ^ 2 * (1 - p) ^ 2)).
Proof.
  intros Hp. unfold span. assert (0 < p / (1 - p)) by (apply Rdiv_lt_0_compat; lra).
  auto_derive; [split; [lra|split; [auto|split; [nra|exact I]]]|]. field. lra.
Qed.

Lemma span_increasing p q : 0 < p -> p < q -> q < 1 -> span p < span q.
Proof.
  intros Hp Hpq Hq.
  destruct (MVT_gen span p q (fun s => / (s ^ 2 * (1 - s) ^ 2))) as (c & Hc & E).
  - rewrite Rmin_left, Rmax_right by lra. intros s Hs. apply span_derive. lra.
  - rewrite Rmin_left, Rmax_right by lra. intros s Hs. apply continuity_pt_filterlim.
    apply (ex_derive_continuous span). eexists. apply span_derive. lra.
  - rewrite Rmin_left, Rmax_right in Hc by lra.
    assert (0 < / (c ^ 2 * (1 - c) ^ 2)).
    { apply Rinv_0_lt_compat, Rmult_lt_0_compat; apply pow_lt; lra. }
    nra.
Qed.

Section Arrival.
Variables (P dP : R -> R) (k alpha beta rho T : R).
Hypothesis k_pos : 0 < k.
Hypothesis alpha_nonneg : 0 <= alpha.
Hypothesis beta_nonneg : 0 <= beta.
Hypothesis start_below : P 0 < rho.
Hypothesis rho_below_1 : rho < 1.
Hypothesis T_nonneg : 0 <= T.
Hypothesis P_range : forall t, 0 <= t <= T -> 0 < P t < 1.
Hypothesis P_cont : forall t, 0 <= t <= T -> continuous P t.
Hypothesis P_derive : forall t, 0 < t < T -> is_derive P t (dP t).
(** The loss is alpha + beta / P(0); further down, at x, it is alpha + beta / x. *)
Let loss := alpha + beta / P 0.
Hypothesis loss_small : loss < 1.
Hypothesis rate : forall t x, 0 < t < T -> 0 < x -> x <= P t <= rho ->
  k * (1 - (alpha + beta / x)) * (P t ^ 2 * (1 - P t) ^ 2) <= dP t.
Hypothesis late : (span rho - span (P 0)) / (k * (1 - loss)) <= T.

Theorem arrival : exists t, 0 <= t <= T /\ rho <= P t.
Proof.
  destruct (classic (exists t, 0 <= t <= T /\ rho <= P t)) as [H|H]; [exact H|exfalso].
  assert (Hbelow : forall t, 0 <= t <= T -> P t < rho).
  { intros t Ht. apply Rnot_le_lt. intros Hle. apply H. now exists t. }
  assert (HP0 : 0 < P 0 < 1) by (apply P_range; lra).
  assert (Hl0 : 0 <= loss).
  { unfold loss. assert (0 <= beta / P 0); [|lra]. apply Rmult_le_pos; auto. apply Rlt_le, Rinv_0_lt_compat; lra. }
  (* a level below the start where the loss is still below 1 *)
  set (x := P 0 * ((1 + loss) / 2)).
  assert (Hx : 0 < x < P 0) by (unfold x; split; nra).
  assert (Hlx : alpha + beta / x < 1).
  { assert (E : beta / x = beta / P 0 * (2 / (1 + loss))) by (unfold x; field; lra).
    assert (Hb : beta / P 0 = loss - alpha) by (unfold loss; ring). rewrite E, Hb.
    apply Rmult_lt_reg_r with (1 + loss); [lra|].
    replace ((alpha + (loss - alpha) * (2 / (1 + loss))) * (1 + loss)) with (alpha * (1 + loss) + 2 * (loss - alpha)) by (field; lra).
    nra. }
  assert (Hsq : forall t, 0 <= t <= T -> 0 < P t ^ 2 * (1 - P t) ^ 2).
  { intros t Ht. specialize (P_range t Ht). apply Rmult_lt_0_compat; apply pow_lt; lra. }
  assert (Hge : forall t, 0 <= t <= T -> x <= P t).
  { apply (barrier P dP T x); auto; [lra|]. intros t Ht E. eapply Rlt_le_trans; [|apply (rate t x Ht); [lra|]].
    - apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; lra|apply Hsq; lra].
    - rewrite E. lra. }
  assert (Hd0 : forall t, 0 < t < T -> 0 <= dP t).
  { intros t Ht. eapply Rle_trans; [|apply (rate t x Ht); [lra|]].
    - apply Rlt_le, Rmult_lt_0_compat; [apply Rmult_lt_0_compat; lra|apply Hsq; lra].
    - split; [apply Hge; lra|apply Rlt_le, Hbelow; lra]. }
  assert (Hstart : forall t, 0 <= t <= T -> P 0 <= P t).
  { intros t Ht. apply (nondecreasing P dP 0 t); [lra| | |].
    - intros s Hs. apply P_cont. lra.
    - intros s Hs. apply P_derive. lra.
    - intros s Hs. apply Hd0. lra. }
  set (c := k * (1 - loss)). assert (Hc : 0 < c) by (unfold c; apply Rmult_lt_0_compat; lra).
  assert (Hspan : span (P 0) - c * 0 <= span (P T) - c * T).
  { apply (nondecreasing (fun t => span (P t) - c * t) (fun t => dP t * / (P t ^ 2 * (1 - P t) ^ 2) - c)); auto.
    - intros t Ht. apply (cont_minus (fun t => span (P t)) (fun t => c * t)).
      + apply (cont_after span P); auto. eexists. apply span_derive. auto.
      + apply (ex_derive_continuous (fun t => c * t)). auto_derive. exact I.
    - intros t Ht. apply (is_derive_minus (fun t => span (P t)) (fun t => c * t)).
      + apply (is_derive_comp span P); [apply span_derive, P_range; lra|apply P_derive; lra].
      + auto_derive; [exact I|ring].
    - intros t Ht. assert (Ht' : 0 <= t <= T) by lra. specialize (Hsq t Ht').
      assert (Hr : c * (P t ^ 2 * (1 - P t) ^ 2) <= dP t).
      { apply (rate t (P 0) Ht); [lra|]. split; [now apply Hstart|apply Rlt_le, Hbelow; lra]. }
      assert (Hq : c <= dP t * / (P t ^ 2 * (1 - P t) ^ 2)); [|lra].
      apply Rmult_le_reg_r with (P t ^ 2 * (1 - P t) ^ 2); auto. rewrite Rmult_assoc, Rinv_l by lra. lra. }
  assert (HT : span rho - span (P 0) <= c * T).
  { apply (Rmult_le_compat_l c) in late; [|lra]. fold c in late.
    replace (c * ((span rho - span (P 0)) / c)) with (span rho - span (P 0)) in late by (field; lra). exact late. }
  assert (span (P T) < span rho).
  { apply span_increasing; auto; [apply P_range; lra|apply Hbelow; lra]. }
  lra.
Qed.
End Arrival.
