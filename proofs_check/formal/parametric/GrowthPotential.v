(** The growth potential behind S6 for more than one token: with scores whose steps lie in intervals of length 1, n steps
    take E[1/(w - score)] to at most G_n(w), G_1(w) = 2(2w-1)/(4w^2-2w-1), G_n(w) = w/(w^2 - (21/50) n) for n >= 2. *)
From Coq Require Import Reals List Lra Psatz.
From Flat Require Import FiniteSum Moments Sequences Autoregressive.
Open Scope R_scope.

(** A function is at most its chords of length 1. *)
Definition chordal (G : R -> R) (lo : R) : Prop := forall A y, lo < A -> A <= y <= A + 1 ->
  G y <= (A + 1 - y) * G A + (y - A) * G (A + 1).

Lemma chordal_node s : chordal (fun y => / (y - s)) s.
Proof.
  intros A y HA Hy. set (B := A - s). set (z := y - s). replace (A + 1 - s) with (B + 1) by (unfold B; ring).
  assert (HB : 0 < B) by (unfold B; lra). assert (Hz : B <= z <= B + 1) by (unfold B, z; lra).
  replace (A + 1 - y) with (B + 1 - z) by (unfold B, z; ring). replace (y - A) with (z - B) by (unfold B, z; ring).
  apply Rmult_le_reg_r with (z * (B * (B + 1))); [apply Rmult_lt_0_compat; [lra|apply Rmult_lt_0_compat; lra]|].
  replace (/ z * (z * (B * (B + 1)))) with (B * (B + 1)) by (field; lra).
  replace (((B + 1 - z) * / B + (z - B) * / (B + 1)) * (z * (B * (B + 1)))) with (z * (2 * B + 1 - z)) by (field; lra).
  assert (0 <= (z - B) * (B + 1 - z)) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma chordal_mix (G : R -> R) a1 s1 a2 s2 lo : 0 <= a1 -> 0 <= a2 -> s1 <= lo -> s2 <= lo ->
  (forall y, lo < y -> G y = a1 * / (y - s1) + a2 * / (y - s2)) -> chordal G lo.
Proof.
  intros H1 H2 Hs1 Hs2 HG A y HA Hy. rewrite !HG by lra.
  pose proof (chordal_node s1 A y ltac:(lra) Hy) as C1. pose proof (chordal_node s2 A y ltac:(lra) Hy) as C2. cbv beta in C1, C2.
  apply (Rmult_le_compat_l a1) in C1; auto. apply (Rmult_le_compat_l a2) in C2; auto. lra.
Qed.

Definition share : R := 21 / 50.
Definition potential_1 (w : R) : R := 2 * (2 * w - 1) / (4 * w ^ 2 - 2 * w - 1).
Definition potential_k (k w : R) : R := w / (w ^ 2 - k).
Definition potential (n : nat) : R -> R :=
  match n with O => fun w => / (w - 0) | S O => potential_1 | _ => potential_k (share * INR n) end.

Lemma potential_1_chordal : chordal potential_1 1.
Proof.
  set (q := sqrt 5). assert (Hq : q * q = 5) by (apply sqrt_sqrt; lra).
  assert (Hq2 : 2 < q < 3) by (split; [apply Rsqr_incrst_0|apply Rsqr_incrst_0]; unfold Rsqr; try lra; apply sqrt_pos).
  set (s1 := (1 + q) / 4). set (s2 := (1 - q) / 4).
  assert (Hsum : s1 + s2 = 1 / 2) by (unfold s1, s2; field).
  assert (Hprod : s1 * s2 = - (1 / 4)) by (unfold s1, s2; nra).
  assert (Hd : 0 < s1 - s2) by (unfold s1, s2; lra).
  apply (chordal_mix potential_1 ((s1 - 1 / 2) / (s1 - s2)) s1 ((1 / 2 - s2) / (s1 - s2)) s2 1).
  - apply Rmult_le_pos; [unfold s1; lra|apply Rlt_le, Rinv_0_lt_compat; auto].
  - apply Rmult_le_pos; [unfold s2; lra|apply Rlt_le, Rinv_0_lt_compat; auto].
  - unfold s1; lra.
  - unfold s2; lra.
  - intros y Hy. assert (H1 : 0 < y - s1) by (unfold s1; lra). assert (H2 : 0 < y - s2) by (unfold s2; lra).
    unfold potential_1. replace (4 * y ^ 2 - 2 * y - 1) with (4 * ((y - s1) * (y - s2))).
    + field. repeat split; lra.
    + replace ((y - s1) * (y - s2)) with (y ^ 2 - (s1 + s2) * y + s1 * s2) by ring. rewrite Hsum, Hprod. field.
Qed.

Lemma potential_k_chordal k lo : 0 <= k -> k <= lo ^ 2 -> 0 <= lo -> chordal (potential_k k) lo.
Proof.
  intros Hk Hlo H0. set (s := sqrt k). assert (Hs : s * s = k) by (now apply sqrt_sqrt). pose proof (sqrt_pos k) as Hs0. fold s in Hs0.
  assert (Hsl : s <= lo) by (unfold s; rewrite <- (sqrt_pow2 lo) by auto; now apply sqrt_le_1_alt).
  apply (chordal_mix (potential_k k) (1 / 2) s (1 / 2) (- s) lo); try lra.
  intros y Hy. unfold potential_k. replace (y ^ 2 - k) with ((y - s) * (y - - s)) by (rewrite <- Hs; ring). field. split; lra.
Qed.

(** One step: the place of the interval is 1 - a. *)
Lemma one_step {X} (l : list X) (p x : X -> R) (G : R -> R) lo w b : (forall v, In v l -> 0 <= p v) -> rsum l p = 1 ->
  rsum l (fun v => p v * x v) = 0 -> (forall v, In v l -> b - 1 <= x v <= b) -> chordal G lo -> lo < w - b ->
  rsum l (fun v => p v * G (w - x v)) <= (1 - b) * G (w - b) + b * G (w - b + 1).
Proof.
  intros Hp Hp1 Hx0 Hx HG Hw.
  apply Rle_trans with (rsum l (fun v => p v * ((w - b + 1 - (w - x v)) * G (w - b) + (w - x v - (w - b)) * G (w - b + 1)))).
  - apply rsum_le. intros v Hv. apply Rmult_le_compat_l; auto. apply HG; auto. specialize (Hx v Hv). lra.
  - right. rewrite (rsum_lin2 l _ ((1 - b) * G (w - b) + b * G (w - b + 1)) p (G (w - b) - G (w - b + 1)) (fun v => p v * x v))
      by (intros; ring). rewrite Hp1, Hx0. ring.
Qed.

(** The induction steps, as inequalities in the place b of the interval. *)
Lemma step_1 w b : 1 < w -> 0 <= b <= 1 -> (1 - b) * / (w - b - 0) + b * / (w - b + 1 - 0) <= potential_1 w.
Proof.
  intros Hw Hb. set (a := 1 - b). replace (w - b - 0) with (w + a - 1) by (unfold a; ring). replace (w - b + 1 - 0) with (w + a) by (unfold a; ring).
  replace b with (1 - a) by (unfold a; ring). assert (Ha : 0 <= a <= 1) by (unfold a; lra). unfold potential_1.
  assert (HD : 0 < 4 * w ^ 2 - 2 * w - 1) by nra.
  apply Rmult_le_reg_r with ((w + a - 1) * (w + a) * (4 * w ^ 2 - 2 * w - 1)); [apply Rmult_lt_0_compat; auto; apply Rmult_lt_0_compat; lra|].
  replace ((a * / (w + a - 1) + (1 - a) * / (w + a)) * ((w + a - 1) * (w + a) * (4 * w ^ 2 - 2 * w - 1)))
    with ((2 * a + w - 1) * (4 * w ^ 2 - 2 * w - 1)) by (field; lra).
  replace (2 * (2 * w - 1) / (4 * w ^ 2 - 2 * w - 1) * ((w + a - 1) * (w + a) * (4 * w ^ 2 - 2 * w - 1)))
    with (2 * (2 * w - 1) * ((w + a - 1) * (w + a))) by (field; lra).
  assert (H : 0 <= 2 * (2 * w - 1) * a ^ 2 - 4 * (w - 1) * a + (w - 1)).
  { assert (H1 : 0 <= (w - 1) * (4 * a ^ 2 - 4 * a + 1)) by (apply Rmult_le_pos; [lra|]; pose proof (pow2_ge_0 (2 * a - 1)); lra).
    pose proof (pow2_ge_0 a). lra. }
  replace (2 * (2 * w - 1) * ((w + a - 1) * (w + a))) with ((2 * a + w - 1) * (4 * w ^ 2 - 2 * w - 1)
    + (2 * (2 * w - 1) * a ^ 2 - 4 * (w - 1) * a + (w - 1))) by ring. lra.
Qed.

Lemma step_2 w b : 2 <= w -> 0 <= b < 1 \/ (0 <= b <= 1 /\ 2 < w) ->
  (1 - b) * potential_1 (w - b) + b * potential_1 (w - b + 1) <= potential_k (share * 2) w.
Proof.
  intros Hw Hb. set (a := 1 - b). replace (w - b) with (w + a - 1) by (unfold a; ring). replace (w + a - 1 + 1) with (w + a) by ring.
  replace b with (1 - a) by (unfold a; ring). assert (Ha : 0 <= a <= 1) by (unfold a; lra).
  set (x := w - 2). assert (Ex : w = 2 + x) by (unfold x; ring). assert (Hx : 0 <= x) by (unfold x; lra). rewrite Ex.
  unfold potential_1, potential_k, share.
  set (y1 := 2 + x + a - 1). set (y2 := 2 + x + a). assert (Hy1 : 1 <= y1) by (unfold y1; lra). assert (Hy2 : 2 <= y2) by (unfold y2; lra).
  assert (HD1 : 0 < 4 * y1 ^ 2 - 2 * y1 - 1) by nra. assert (HD2 : 0 < 4 * y2 ^ 2 - 2 * y2 - 1) by nra.
  assert (HDw : 0 < (2 + x) ^ 2 - 21 / 50 * 2) by nra.
  set (D1 := 4 * y1 ^ 2 - 2 * y1 - 1) in *. set (D2 := 4 * y2 ^ 2 - 2 * y2 - 1) in *. set (Dw := (2 + x) ^ 2 - 21 / 50 * 2) in *.
  apply Rmult_le_reg_r with (D1 * D2 * Dw); [apply Rmult_lt_0_compat; auto; now apply Rmult_lt_0_compat|].
  replace ((a * (2 * (2 * y1 - 1) / D1) + (1 - a) * (2 * (2 * y2 - 1) / D2)) * (D1 * D2 * Dw))
    with ((2 * a * (2 * y1 - 1) * D2 + 2 * (1 - a) * (2 * y2 - 1) * D1) * Dw) by (field; lra).
  replace ((2 + x) / Dw * (D1 * D2 * Dw)) with ((2 + x) * (D1 * D2)) by (field; lra).
  set (c0 := 32 * a ^ 4 + 1472 * a ^ 3 / 25 + 56 * a ^ 2 / 5 - 424 * a / 25 + 76 / 25).
  set (c1 := 16 * a ^ 4 + 80 * a ^ 3 + 196 * a ^ 2 / 5 - 512 * a / 25 + 103 / 5).
  set (c2 := 32 * a ^ 3 + 32 * a ^ 2 - 656 * a / 25 + 658 / 25).
  set (c3 := 16 * a ^ 2 - 16 * a + 236 / 25).
  assert (E : (2 + x) * (D1 * D2) = (2 * a * (2 * y1 - 1) * D2 + 2 * (1 - a) * (2 * y2 - 1) * D1) * Dw + (c0 + c1 * x + c2 * x ^ 2 + c3 * x ^ 3)).
  { unfold D1, D2, Dw, y1, y2, c0, c1, c2, c3. field. }
  rewrite E.
  assert (Ha3 : 0 <= a ^ 3) by (apply pow_le; lra). assert (Ha4 : 0 <= a ^ 4) by (apply pow_le; lra).
  assert (H0 : 0 <= c0).
  { unfold c0. pose proof (pow2_ge_0 (a ^ 2 - 9 / 160)). pose proof (Rmult_le_pos a ((a - 6 / 25) ^ 2) (proj1 Ha) (pow2_ge_0 _)).
    pose proof (pow2_ge_0 (a - 6 / 25)). nra. }
  assert (H1 : 0 <= c1) by (unfold c1; pose proof (pow2_ge_0 (a - 1 / 4)); nra).
  assert (H2 : 0 <= c2) by (unfold c2; pose proof (pow2_ge_0 (a - 2 / 5)); nra).
  assert (H3 : 0 <= c3) by (unfold c3; pose proof (pow2_ge_0 (2 * a - 1)); nra).
  assert (0 <= c1 * x) by (apply Rmult_le_pos; auto). assert (0 <= c2 * x ^ 2) by (apply Rmult_le_pos; auto; apply pow_le; auto).
  assert (0 <= c3 * x ^ 3) by (apply Rmult_le_pos; auto; apply pow_le; auto). lra.
Qed.

Lemma step_n n w b : 3 <= n -> n <= w -> 0 <= b <= 1 -> let k := share * (n - 1) in
  (1 - b) * potential_k k (w - b) + b * potential_k k (w - b + 1) <= potential_k (share * n) w.
Proof.
  intros Hn Hw Hb k. set (h := 1 / 2 - b). assert (Hh : - (1 / 2) <= h <= 1 / 2) by (unfold h; lra).
  set (T := w + h). assert (Ek : k = 21 / 50 * (n - 1)) by (unfold k, share; ring).
  replace (w - b) with (T - 1 / 2) by (unfold T, h; field). replace (T - 1 / 2 + 1) with (T + 1 / 2) by field.
  replace (1 - b) with (1 / 2 + h) by (unfold h; field). replace b with (1 / 2 - h) by (unfold h; ring).
  replace w with (T - h) by (unfold T; ring). replace (share * n) with (k + 21 / 50) by (rewrite Ek; unfold share; field).
  unfold potential_k.
  assert (HT : n - 1 / 2 <= T) by (unfold T; lra).
  assert (Hk : 0 <= k) by (rewrite Ek; lra).
  assert (H1 : 0 < (T - 1 / 2) ^ 2 - k).
  { assert ((n - 1) ^ 2 <= (T - 1 / 2) ^ 2) by (apply pow_incr; lra). rewrite Ek. nra. }
  assert (H2 : 0 < (T + 1 / 2) ^ 2 - k).
  { assert (n ^ 2 <= (T + 1 / 2) ^ 2) by (apply pow_incr; lra). rewrite Ek. nra. }
  assert (H3 : 0 < (T - h) ^ 2 - (k + 21 / 50)).
  { assert (n ^ 2 <= (T - h) ^ 2) by (apply pow_incr; unfold T; lra). rewrite Ek. nra. }
  set (D1 := (T - 1 / 2) ^ 2 - k) in *. set (D2 := (T + 1 / 2) ^ 2 - k) in *. set (Dw := (T - h) ^ 2 - (k + 21 / 50)) in *.
  apply Rmult_le_reg_r with (D1 * D2 * Dw); [apply Rmult_lt_0_compat; auto; now apply Rmult_lt_0_compat|].
  replace (((1 / 2 + h) * ((T - 1 / 2) / D1) + (1 / 2 - h) * ((T + 1 / 2) / D2)) * (D1 * D2 * Dw))
    with (((1 / 2 + h) * (T - 1 / 2) * D2 + (1 / 2 - h) * (T + 1 / 2) * D1) * Dw) by (field; lra).
  replace ((T - h) / Dw * (D1 * D2 * Dw)) with ((T - h) * (D1 * D2)) by (field; lra).
  set (P := T ^ 2 - k - 1 / 4). set (R2 := P + 2 * k).
  set (Q := T * (17 / 100 * P - k) + 67 / 100 * R2 * h + T * (P + 4 * k) * h ^ 2 - R2 * h ^ 3).
  assert (E : (T - h) * (D1 * D2) = ((1 / 2 + h) * (T - 1 / 2) * D2 + (1 / 2 - h) * (T + 1 / 2) * D1) * Dw + Q).
  { unfold Q, R2, P, D1, D2, Dw. field. }
  rewrite E. enough (0 <= Q) by lra.
  assert (HP0 : (n - 1 / 2) ^ 2 - k - 1 / 4 <= P) by (unfold P; assert ((n - 1 / 2) ^ 2 <= T ^ 2) by (apply pow_incr; lra); lra).
  assert (HPk : 0 <= 17 / 100 * P - k) by (rewrite Ek in *; nra).
  assert (HP : 0 <= P) by lra. assert (HR : 0 <= R2) by (unfold R2; lra).
  destruct (Rle_or_lt 0 h) as [Hpos|Hneg].
  - assert (0 <= R2 * h * (67 / 100 - h ^ 2)) by (apply Rmult_le_pos; [apply Rmult_le_pos; auto|nra]).
    assert (0 <= T * (17 / 100 * P - k)) by (apply Rmult_le_pos; lra).
    assert (0 <= T * (P + 4 * k) * h ^ 2) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply pow2_ge_0]).
    unfold Q. lra.
  - set (g := - h). assert (Hg : 0 < g <= 1 / 2) by (unfold g; lra).
    set (phi := 67 / 100 * g - 5 / 2 * g ^ 2).
    assert (HTg : n - g <= T) by (unfold T, g; lra).
    assert (HPg : (n - g) ^ 2 - k - 1 / 4 <= P) by (unfold P; assert ((n - g) ^ 2 <= T ^ 2) by (apply pow_incr; lra); lra).
    assert (Hmain : R2 * phi <= 5 / 2 * (17 / 100 * P - k)).
    { unfold R2. destruct (Rle_or_lt g (27 / 100)) as [Hs|Hl].
      - assert (Hphi : phi <= 45 / 1000) by (unfold phi; pose proof (pow2_ge_0 (g - 67 / 500)); nra).
        assert (HPs : (n - 27 / 100) ^ 2 - k - 1 / 4 <= P) by (assert ((n - 27 / 100) ^ 2 <= (n - g) ^ 2) by (apply pow_incr; lra); lra).
        assert (Hc : (P + 2 * k) * phi <= (P + 2 * k) * (45 / 1000)) by (apply Rmult_le_compat_l; lra).
        rewrite Ek in *. nra.
      - assert (Hphi : phi <= 0) by (unfold phi; nra).
        assert ((P + 2 * k) * phi <= (P + 2 * k) * 0) by (apply Rmult_le_compat_l; lra). lra. }
    assert (HT52 : 5 / 2 <= T) by lra.
    assert (A1 : 5 / 2 * (17 / 100 * P - k) <= T * (17 / 100 * P - k)) by (apply Rmult_le_compat_r; lra).
    assert (A2 : 5 / 2 * R2 * g ^ 2 <= T * (P + 4 * k) * g ^ 2).
    { apply Rmult_le_compat_r; [apply pow2_ge_0|]. apply Rmult_le_compat; unfold R2; lra. }
    assert (A3 : 0 <= R2 * g ^ 3) by (apply Rmult_le_pos; auto; apply pow_le; lra).
    unfold Q. replace h with (- g) by (unfold g; ring). unfold phi in Hmain.
    replace ((- g) ^ 2) with (g ^ 2) by ring. replace ((- g) ^ 3) with (- g ^ 3) by ring. lra.
Qed.

(** The potential along the tree of sequences. *)
Section Tree.
Context {V : Type}.
Variables (vocabulary : list V) (next : list V -> V -> R) (L : nat) (u : list V -> V -> R).
Hypothesis vocabulary_nonempty : vocabulary <> nil.
Hypothesis next_pos : forall n h v, prefix vocabulary L (S n) h -> In v vocabulary -> 0 < next h v.
Hypothesis next_sum : forall n h, prefix vocabulary L (S n) h -> rsum vocabulary (next h) = 1.
Hypothesis u_range : forall n h v v', prefix vocabulary L (S n) h -> In v vocabulary -> In v' vocabulary -> u h v - u h v' <= 1.
Notation score := (score vocabulary next u).
Notation step := (step vocabulary next u).

Lemma step_centred n h : prefix vocabulary L (S n) h -> rsum vocabulary (fun v => next h v * step h v) = 0.
Proof. intros Hh. apply (mean_centered vocabulary (next h) (next_sum n h Hh) (u h)). Qed.

(** The interval of the steps after h. *)
Lemma step_interval n h : prefix vocabulary L (S n) h -> exists b, 0 <= b <= 1 /\ forall v, In v vocabulary -> b - 1 <= step h v <= b.
Proof.
  intros Hh. destruct (list_max vocabulary (u h) vocabulary_nonempty) as (i & Hi & Hmax).
  assert (Hp : forall v, In v vocabulary -> 0 <= next h v) by (intros; apply Rlt_le; eauto).
  pose proof (next_sum n h Hh) as Hs.
  assert (Hm : u h i - 1 <= mean vocabulary (next h) (u h) <= u h i).
  { rewrite <- (mean_const vocabulary (next h) Hs (u h i)) at 2. rewrite <- (mean_const vocabulary (next h) Hs (u h i - 1)) at 1.
    split; apply mean_le; auto. intros v Hv. pose proof (u_range n h i v Hh Hi Hv). lra. }
  exists (step h i). unfold Sequences.step. split; [lra|]. intros v Hv. pose proof (Hmax v Hv). pose proof (u_range n h i v Hh Hi Hv). lra.
Qed.

Lemma score_le n : forall h y, prefix vocabulary L n h -> In y (sequences vocabulary n) -> score h y <= INR n.
Proof.
  induction n as [|n IH]; intros h y Hh Hy.
  - destruct Hy as [<-|[]]. simpl. lra.
  - destruct (sequences_cons vocabulary n y Hy) as (v & y' & ->). apply in_sequences in Hy as [Hv Hy]. cbn [Sequences.score].
    destruct (step_interval n h Hh) as (b & Hb & Hst). specialize (Hst v Hv).
    pose proof (IH (h ++ v :: nil) y' (prefix_next vocabulary L n h v Hh Hv) Hy). rewrite S_INR. lra.
Qed.

Theorem growth_potential n : forall h w, prefix vocabulary L n h -> INR n < w ->
  mean (sequences vocabulary n) (probability next h) (fun y => / (w - score h y)) <= potential n w.
Proof.
  induction n as [|n IH]; intros h w Hh Hw.
  - rewrite mean_ends. simpl. lra.
  - rewrite mean_step. rewrite S_INR in Hw. destruct (step_interval n h Hh) as (b & Hb & Hst).
    assert (Hp : forall v, In v vocabulary -> 0 <= next h v) by (intros; apply Rlt_le; eauto).
    apply Rle_trans with (rsum vocabulary (fun v => next h v * potential n (w - step h v))).
    + apply rsum_le. intros v Hv. apply Rmult_le_compat_l; auto. specialize (Hst v Hv).
      eapply Rle_trans; [|apply (IH (h ++ v :: nil) (w - step h v)); [eapply prefix_next; eauto|lra]].
      right. apply rsum_ext. intros y _. cbn [Sequences.score]. do 2 f_equal. ring.
    + pose proof (pos_INR n) as Hn0.
      assert (Hlo : exists lo, chordal (potential n) lo /\ lo < w - b).
      { destruct n as [|[|n]].
        - exists 0. split; [exact (chordal_node 0)|simpl in *; lra].
        - exists 1. split; [exact potential_1_chordal|simpl in *; lra].
        - exists (INR (S (S n))). split; [|lra]. apply potential_k_chordal; auto.
          + unfold share. apply Rmult_le_pos; lra.
          + unfold share. assert (1 <= INR (S (S n))) by (apply (le_INR 1); lia). nra. }
      destruct Hlo as (lo & Hch & Hlo).
      eapply Rle_trans; [apply (one_step vocabulary (next h) (step h) (potential n) lo w b); auto;
        [now apply (next_sum n)|now apply (step_centred n)]|].
      destruct n as [|[|n]].
      * apply step_1; simpl in *; lra.
      * replace (potential 2) with (potential_k (share * 2)) by (simpl; f_equal; ring). apply step_2; simpl in *; [lra|right; lra].
      * assert (H3 : 3 <= INR (S (S (S n)))) by (replace 3 with (INR 3) by (simpl; ring); apply le_INR; lia).
        pose proof (step_n (INR (S (S (S n)))) w b H3) as Hs. cbv zeta in Hs.
        replace (INR (S (S (S n))) - 1) with (INR (S (S n))) in Hs by (rewrite (S_INR (S (S n))); ring).
        apply Hs; [rewrite S_INR; lra|exact Hb].
Qed.
End Tree.
