(** Differentiable functions of d real parameters, the chain rule along a path of parameters, and continuity along it.
    A vector is a function on the natural numbers of which the first d values count. *)
From Coq Require Import Reals List Lra Psatz.
From Coquelicot Require Import Coquelicot.
From Flat Require Import FiniteSum Calculus.
Open Scope R_scope.

Definition differentiable (d : nat) (F : (nat -> R) -> R) (x g : nat -> R) : Prop :=
  forall eps, 0 < eps -> exists delta, 0 < delta /\ forall x', (forall j, (j < d)%nat -> Rabs (x' j - x j) < delta) ->
  Rabs (F x' - F x - rsum (seq 0 d) (fun j => g j * (x' j - x j))) <= eps * rsum (seq 0 d) (fun j => Rabs (x' j - x j)).

Lemma locally_all {J} (l : list J) (P : J -> R -> Prop) (t : R) : (forall j, In j l -> locally t (P j)) ->
  locally t (fun s => forall j, In j l -> P j s).
Proof.
  induction l as [|a l IH]; intros H; [apply filter_forall; intros s j []|].
  assert (Ha : locally t (P a)) by (apply H; now left).
  assert (Hl : locally t (fun s => forall j, In j l -> P j s)) by (apply IH; intros; apply H; now right).
  generalize (filter_and _ _ Ha Hl). apply filter_imp. intros s [H1 H2] j [<-|Hj]; auto.
Qed.

Lemma derive_locally (f : R -> R) (t l : R) : is_derive f t l -> forall eps, 0 < eps ->
  locally t (fun s => Rabs (f s - f t - l * (s - t)) <= eps * Rabs (s - t)).
Proof.
  intros [_ H] eps Heps. specialize (H t (fun P HP => HP) (mkposreal eps Heps)). revert H. apply filter_imp.
  intros s Hs. unfold norm, minus, plus, opp, scal in Hs; simpl in Hs; unfold abs, mult in Hs; simpl in Hs.
  replace (f s - f t - l * (s - t)) with (f s + - f t + - ((s + - t) * l)) by ring. exact Hs.
Qed.

Lemma locally_derive (f : R -> R) (t l : R) :
  (forall eps, 0 < eps -> locally t (fun s => Rabs (f s - f t - l * (s - t)) <= eps * Rabs (s - t))) -> is_derive f t l.
Proof.
  intros H. split; [apply is_linear_scal_l|]. intros x Hx eps.
  assert (E : x = t) by (symmetry; apply is_filter_lim_locally_unique, Hx). subst x.
  generalize (H eps (cond_pos eps)). apply filter_imp. intros s Hs.
  unfold norm, minus, plus, opp, scal; simpl; unfold abs, mult; simpl.
  replace (f s + - f t + - ((s + - t) * l)) with (f s - f t - l * (s - t)) by ring. exact Hs.
Qed.

Section Path.
Variables (d : nat) (F : (nat -> R) -> R) (u : nat -> R -> R) (g : nat -> R) (t : R).
Let l := seq 0 d.
Hypothesis F_differentiable : differentiable d F (fun j => u j t) g.

Lemma near_path delta : 0 < delta -> (forall j, (j < d)%nat -> continuous (u j) t) ->
  locally t (fun s => forall j, (j < d)%nat -> Rabs (u j s - u j t) < delta).
Proof.
  intros Hd Hc.
  assert (H : locally t (fun s => forall j, In j l -> Rabs (u j s - u j t) < delta)).
  { apply locally_all. intros j Hj. apply in_seq in Hj.
    exact (proj1 (filterlim_locally (u j) (u j t)) (Hc j (proj2 Hj)) (mkposreal delta Hd)). }
  revert H. apply filter_imp. intros s Hs j Hj. apply Hs, in_seq. lia.
Qed.

Lemma along_continuous : (forall j, (j < d)%nat -> continuous (u j) t) -> continuous (fun s => F (fun j => u j s)) t.
Proof.
  intros Hc. apply filterlim_locally. intros eps.
  destruct (F_differentiable 1 Rlt_0_1) as (delta & Hdelta & HF).
  set (G := rsum l (fun j => Rabs (g j) + 1)).
  assert (HG : 0 <= G) by (apply rsum_nonneg; intros; pose proof (Rabs_pos (g x)); lra).
  set (e := eps / (G + 1)). assert (He : 0 < e) by (apply Rdiv_lt_0_compat; [apply cond_pos|lra]).
  generalize (filter_and _ _ (near_path delta Hdelta Hc) (near_path e He Hc)). apply filter_imp. intros s [H1 H2].
  specialize (HF (fun j => u j s) H1). cbv beta in HF.
  change (Rabs (F (fun j => u j s) - F (fun j => u j t)) < eps).
  set (D := F (fun j => u j s) - F (fun j => u j t)) in *.
  assert (Hs1 : Rabs (rsum l (fun j => g j * (u j s - u j t))) <= rsum l (fun j => Rabs (g j) * e)).
  { eapply Rle_trans; [apply rsum_abs|]. apply rsum_le. intros j Hj. rewrite Rabs_mult.
    apply Rmult_le_compat_l; [apply Rabs_pos|]. apply Rlt_le, H2. apply in_seq in Hj. tauto. }
  assert (Hs2 : rsum l (fun j => Rabs (u j s - u j t)) <= rsum l (fun j => 1 * e)).
  { apply rsum_le. intros j Hj. rewrite Rmult_1_l. apply Rlt_le, H2. apply in_seq in Hj. tauto. }
  fold l in HF.
  assert (Hsum : rsum l (fun j => Rabs (g j) * e) + rsum l (fun j => 1 * e) = e * G).
  { unfold G. rewrite <- rsum_plus. apply rsum_lin1. intros; ring. }
  assert (HeG : e * (G + 1) = eps) by (unfold e; field; lra).
  pose proof (Rabs_triang (D - rsum l (fun j => g j * (u j s - u j t))) (rsum l (fun j => g j * (u j s - u j t)))) as Ht.
  replace (D - rsum l (fun j => g j * (u j s - u j t)) + rsum l (fun j => g j * (u j s - u j t))) with D in Ht by ring.
  lra.
Qed.

Variable du : nat -> R.
Hypothesis u_derive : forall j, (j < d)%nat -> is_derive (u j) t (du j).

(** The chain rule. *)
Lemma along_derive : is_derive (fun s => F (fun j => u j s)) t (rsum l (fun j => g j * du j)).
Proof.
  apply locally_derive. intros eps Heps.
  set (D := rsum l (fun j => Rabs (du j) + 1)). set (G := rsum l (fun j => Rabs (g j))).
  assert (HD : 0 <= D) by (apply rsum_nonneg; intros; pose proof (Rabs_pos (du x)); lra).
  assert (HG : 0 <= G) by (apply rsum_nonneg; intros; apply Rabs_pos).
  set (e1 := eps / (2 * (D + 1))). assert (He1 : 0 < e1) by (apply Rdiv_lt_0_compat; lra).
  set (e2 := Rmin 1 (eps / (2 * (G + 1)))).
  assert (He2 : 0 < e2) by (apply Rmin_pos; [lra|apply Rdiv_lt_0_compat; lra]).
  destruct (F_differentiable e1 He1) as (delta & Hdelta & HF).
  assert (Hc : forall j, (j < d)%nat -> continuous (u j) t).
  { intros j Hj. apply (ex_derive_continuous (u j)). eexists. now apply u_derive. }
  assert (Hu : locally t (fun s => forall j, In j l -> Rabs (u j s - u j t - du j * (s - t)) <= e2 * Rabs (s - t))).
  { apply locally_all. intros j Hj. apply derive_locally; auto. apply u_derive. apply in_seq in Hj. tauto. }
  generalize (filter_and _ _ (near_path delta Hdelta Hc) Hu). apply filter_imp. intros s [H1 H2].
  specialize (HF (fun j => u j s) H1). cbv beta in HF. fold l in HF.
  set (h := Rabs (s - t)) in *. assert (Hh : 0 <= h) by apply Rabs_pos.
  assert (Hsize : rsum l (fun j => Rabs (u j s - u j t)) <= D * h).
  { unfold D. rewrite (Rmult_comm _ h), <- rsum_scal. apply rsum_le. intros j Hj. specialize (H2 j Hj).
    pose proof (Rabs_triang (u j s - u j t - du j * (s - t)) (du j * (s - t))) as Ht.
    replace (u j s - u j t - du j * (s - t) + du j * (s - t)) with (u j s - u j t) in Ht by ring.
    rewrite (Rabs_mult (du j)) in Ht. fold h in Ht.
    assert (e2 * h <= 1 * h) by (apply Rmult_le_compat_r; auto; apply Rmin_l). lra. }
  assert (Hlin : Rabs (rsum l (fun j => g j * (u j s - u j t)) - rsum l (fun j => g j * du j) * (s - t)) <= G * (e2 * h)).
  { rewrite (Rmult_comm _ (s - t)), <- rsum_scal, <- rsum_minus.
    eapply Rle_trans; [apply rsum_abs|]. unfold G. rewrite (Rmult_comm _ (e2 * h)), <- rsum_scal. apply rsum_le. intros j Hj.
    replace (g j * (u j s - u j t) - (s - t) * (g j * du j)) with (g j * (u j s - u j t - du j * (s - t))) by ring.
    rewrite Rabs_mult, Rmult_comm. apply Rmult_le_compat_r; [apply Rabs_pos|]. now apply H2. }
  set (A := F (fun j => u j s) - F (fun j => u j t)) in *.
  set (B := rsum l (fun j => g j * (u j s - u j t))) in *. set (C := rsum l (fun j => g j * du j) * (s - t)) in *.
  pose proof (Rabs_triang (A - B) (B - C)) as Ht. replace (A - B + (B - C)) with (A - C) in Ht by ring.
  assert (E1 : e1 * (D * h) <= eps / 2 * h).
  { assert (e1 * (D + 1) = eps / 2) by (unfold e1; field; lra).
    assert (0 <= e1 * h) by (apply Rmult_le_pos; lra). nra. }
  assert (E2 : G * (e2 * h) <= eps / 2 * h).
  { assert (e2 * (G + 1) <= eps / 2).
    { apply Rle_trans with (eps / (2 * (G + 1)) * (G + 1)); [apply Rmult_le_compat_r; [lra|apply Rmin_r]|right; field; lra]. }
    assert (0 <= e2 * h) by (apply Rmult_le_pos; lra). nra. }
  assert (e1 * rsum l (fun j => Rabs (u j s - u j t)) <= e1 * (D * h)) by (apply Rmult_le_compat_l; lra).
  lra.
Qed.
End Path.
