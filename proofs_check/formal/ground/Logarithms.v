(** Logarithms: ln x <= x - 1, and Lemma 4 [lem4]. *)
From Coq Require Import Reals Lra Psatz.
Open Scope R_scope.

Lemma exp_ge_1_plus x : 1 + x <= exp x.
Proof.
  destruct (Req_dec x 0) as [->|Hx]; [rewrite exp_0; lra|]. left. now apply exp_ineq1.
Qed.

Lemma ln_le_minus_1 x : 0 < x -> ln x <= x - 1.
Proof. intros Hx. pose proof (exp_ge_1_plus (ln x)) as H. rewrite exp_ln in H by auto. lra. Qed.

Lemma ln_le x y : 0 < x -> x <= y -> ln x <= ln y.
Proof. intros Hx [H|<-]; [left; now apply ln_increasing|lra]. Qed.

(** Lemma 4: -p^2 ln(p/q) <= q^2/(2e). *)
Lemma lem4 p q : 0 < p -> 0 < q -> - (p ^ 2 * ln (p / q)) <= q ^ 2 / (2 * exp 1).
Proof.
  intros Hp Hq. assert (Hu : 0 < p / q) by (apply Rdiv_lt_0_compat; auto).
  set (u := p / q) in *.
  assert (Ep : p = u * q) by (unfold u; field; lra). rewrite Ep.
  (* with y = 1/(e u^2): ln y <= y - 1 *)
  assert (He : 0 < exp 1) by apply exp_pos.
  assert (Hu2 : 0 < u ^ 2) by (apply pow_lt; auto).
  pose proof (ln_le_minus_1 (/ (exp 1 * u ^ 2)) (Rinv_0_lt_compat _ (Rmult_lt_0_compat _ _ He Hu2))) as H.
  rewrite ln_Rinv, ln_mult, ln_exp, ln_pow in H by (auto; apply Rmult_lt_0_compat; auto). simpl INR in H.
  assert (H2 : - (2 * ln u) <= / (exp 1 * u ^ 2)) by lra.
  assert (H3 : u ^ 2 * (- (2 * ln u)) <= u ^ 2 * / (exp 1 * u ^ 2)) by (apply Rmult_le_compat_l; lra).
  replace (u ^ 2 * / (exp 1 * u ^ 2)) with (/ exp 1) in H3 by (field; lra).
  replace (- ((u * q) ^ 2 * ln u)) with (q ^ 2 / 2 * (u ^ 2 * (- (2 * ln u)))) by field.
  replace (q ^ 2 / (2 * exp 1)) with (q ^ 2 / 2 * / exp 1) by (field; lra).
  apply Rmult_le_compat_l; [|auto]. pose proof (pow2_ge_0 q). lra.
Qed.
