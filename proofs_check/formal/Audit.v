(** What each theorem of [Statements] rests on: the standard library's axioms of the real numbers and of classical logic,
    and no other. *)
From Flat Require Statements.

Print Assumptions Statements.flow_exists.
Print Assumptions Statements.def2.
Print Assumptions Statements.lem1.
Print Assumptions Statements.lem2.
Print Assumptions Statements.lem3.
Print Assumptions Statements.lem4.
Print Assumptions Statements.lem7.
Print Assumptions Statements.independent_columns.
Print Assumptions Statements.lem8.
Print Assumptions Statements.var_flow.
Print Assumptions Statements.s3_var_rate.
Print Assumptions Statements.var_rate.
Print Assumptions Statements.s3_value_rate.
Print Assumptions Statements.lem9.
Print Assumptions Statements.s_lem11_set.
Print Assumptions Statements.lem11.
Print Assumptions Statements.s_lem11.
Print Assumptions Statements.s_lem10.
Print Assumptions Statements.lem10.
Print Assumptions Statements.objective_rises.
Print Assumptions Statements.proxy_rises.
Print Assumptions Statements.s3.
Print Assumptions Statements.prop3.
Print Assumptions Statements.s_thm5.
Print Assumptions Statements.thm5_slow.
Print Assumptions Statements.s_thm6.
Print Assumptions Statements.thm6_slow.
Print Assumptions Statements.contrast.
Print Assumptions Statements.s0_fisher.
Print Assumptions Statements.s0.
Print Assumptions Statements.s6_gradient.
Print Assumptions Statements.s2.
Print Assumptions Statements.prop2.
Print Assumptions Statements.razin2024.
Print Assumptions Statements.s4_var_rate.
Print Assumptions Statements.lem5_var_rate.
Print Assumptions Statements.s4_contrast.
Print Assumptions Statements.s4.
Print Assumptions Statements.thm4.
Print Assumptions Statements.s4_path.
Print Assumptions Statements.lem5.
Print Assumptions Statements.lem6.
Print Assumptions Statements.s6_one_token.
