"""What `make test` leaves out besides tests that are marked one by one.

Each entry is the beginning of tests' ids, below the reason: what `make test` still runs of the same. CI and
`make test-all` run all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SLOW: Mapping[str, Sequence[str]] = {
    "of what two programs compute bit by bit alike if compiled as users do: their numbers, against explicit matrices": (
        "tests/theory/parameter_space/test_fisher_information.py::test_the_mean_over_prompts_and_the_longest_scores",
    ),
    "of the language model's training and sampling: the same code with models of two layers": (
        "tests/figures/language_model/test_measured.py::test_a_piece_computed_anew_is_the_same",
        "tests/figures/language_model/test_training_data.py::test_the_full_level_runs_an_experiment_anew",
        "tests/figures/language_model/test_training_data.py::test_the_model_draws_the_first_completions_again",
        "tests/flatscape/commands/lm/test_lm.py::test_next_names_paris",
        "tests/flatscape/commands/lm/test_lm.py::test_next_prints_a_line_a_token",
        "tests/flatscape/commands/lm/test_lm.py::test_check_of_a_small_model",
        "tests/flatscape/commands/lm/test_train.py::test_a_run_that_is_ended_goes_on",
        "tests/flatscape/notebook/test_next_words.py",
        "tests/proofs_check/sampling/test_language_model.py::test_families_of_the_real_model",
        "tests/sims/llm/checkpoints/test_huggingface_folder.py::test_scaled_positions_reach_as_far_as_the_context",
        "tests/sims/llm/one_token/test_check.py",
        "tests/sims/llm/one_token/test_teaching.py::test_ascent_follows_plain_gradient_steps",
        "tests/sims/llm/sampling/test_sharding.py",
        "tests/sims/llm/sequences/test_gram_products.py::test_sampled_fisher_norms_enclose_the_exact_one",
        "tests/sims/llm/sequences/test_kept_measurement.py::test_a_piece_computed_anew_is_the_same",
        "tests/sims/llm/test_next_token.py::test_the_capital_of_france",
        "tests/sims/llm/test_next_token.py::test_logits_equal_those_of_transformers",
        "tests/sims/llm/test_reward_from_contexts.py::test_the_real_problems_are_usable",
        "tests/sims/llm/test_sampled_completions.py::test_log_probabilities_equal_those_of_one_pass",
        "tests/sims/llm/test_sampled_completions.py::test_batches_do_not_change_what_is_drawn",
        "tests/sims/llm/training/test_memory.py",
        "tests/sims/llm/training/test_run_resumed.py",
        "tests/sims/llm/training/test_several_devices.py",
        "tests/sims/llm/training/test_update.py::test_blocks_add_up_to_one_pass",
    ),
    "of the notebooks: their functions, in tests/flatscape/notebook; `make notebooks` runs all of them": (
        "tests/notebooks/",
    ),
    "of the figures: the numbers of all but two, and that they are read back": (
        "tests/figures/pipeline/test_run.py::test_figures_are_made_in_processes_and_an_error_comes_back_as_itself",
        "tests/figures/published/test_published.py::test_averaged_rows_follow_from_the_others_for_six_models",
        "tests/figures/theorems/test_figures.py::test_numbers_can_be_drawn_described_and_read_back[best-teacher]",
        "tests/figures/theorems/test_figures.py::test_numbers_can_be_drawn_described_and_read_back[flat-landscape]",
        "tests/figures/theorems/test_figures.py::test_no_reward_model_is_faster_than_the_frontier",
        "tests/figures/theorems/test_figures.py::test_the_picture_depends_on_the_data_alone",
    ),
    "of the commands: the functions that they call, each with good and with bad input": (
        "tests/benchmarks/accelerator/test_run.py",
        "tests/flatscape/commands/test_explain.py::test_a_proof_and_boxes_checked_now_without_a_ledger",
        "tests/flatscape/commands/test_explain.py::test_without_a_ledger_an_instance_is_found_on_the_spot",
        "tests/flatscape/commands/test_verify.py::test_the_ledger_in_a_file_and_on_the_terminal",
        "tests/flatscape/process/test_stopping.py",
        "tests/flatscape/sweep/test_run.py::test_a_ray_cluster_finds_the_same_bytes",
        "tests/flatscape/sweep/test_run.py::test_several_processes_find_the_same_bytes",
        "tests/flatscape/test_cli.py::test_a_full_disk_is_one_line_and_a_code_of_its_own",
        "tests/flatscape/test_cli.py::test_a_reader_that_has_seen_enough_is_no_failure",
        "tests/flatscape/test_cli.py::test_one_for_a_violation_or_a_control_that_is_not_refuted",
        "tests/flatscape/test_cli.py::test_one_for_an_edited_hypothesis",
        "tests/sims/parallel/test_ray_cluster.py",
    ),
    "of the recipes: that every entry of the register has what they ask for": (
        "tests/test_add_a_statement.py",
        "tests/test_contribute_pages.py",
    ),
    "of the evidence: each method on few instances; `flatscape verify`, which `make paper` runs, is the whole of it": (
        "tests/flatscape/notebook/evidence/test_trial.py::test_statements_survive_and_controls_do_not",
        "tests/proofs_check/certificates/test_parameter_flow.py",
        "tests/proofs_check/conformance/test_hypotheses.py::test_an_edited_hypothesis_undoes_the_proof",
        "tests/proofs_check/formal/test_comparison.py::test_the_theorem_is_the_statement",
        "tests/proofs_check/inequalities/linear_law/test_linear_law.py::test_far_targets_and_a_constant_that_is_too",
        "tests/proofs_check/instances/test_corner_families.py::test_corners_lie_within_the_reported_error[True]",
        "tests/proofs_check/instances/test_bump_families.py::test_the_target_is_reached_and_lost",
        "tests/proofs_check/proofs/test_register.py::test_proofs[linear-law]",
        "tests/proofs_check/sampling/test_parametric_evidence.py",
        "tests/proofs_check/sampling/test_tabular.py::test_policies_paths_and_best_of_n",
        "tests/proofs_check/sampling/test_wide.py::test_statements_hold_on_wide_families",
        "tests/proofs_check/search/test_infimum.py",
        "tests/tools/test_mutation.py::test_the_parent_imports_nothing_that_mutants_are_checked_with",
    ),
    "of theory and simulators: the same properties at other sizes, or of single functions": (
        "tests/sims/parameter_space/test_flow.py::test_what_every_path_must_satisfy",
        "tests/sims/test_hitting_times.py::test_a_list_is_answered_like_its_problems_one_by_one",
        "tests/sims/test_hitting_times.py::test_filling_up_changes_nothing_with_kl",
        "tests/sims/test_hitting_times.py::test_many_sizes_compile_few_programs",
        "tests/sims/test_hitting_times.py::test_the_wide_tiles_of_an_accelerator_change_nothing",
        "tests/sims/test_result_types.py::test_of_experiments",
        "tests/theory/estimators/scores/test_squared_gradient_norm.py::test_coverage",
        "tests/theory/instances/test_parametric.py::test_a_state_has_the_largest_over_prompts_and_the_mean_variance",
        "tests/theory/statements/test_statement_scales.py::test_the_scale_is_of_the_size_of_the_terms",
        "tests/theory/tabular/test_integrable.py::test_eventual_bound_holds_at_every_later_time",
        "tests/theory/tabular/test_padding.py::test_few_sizes_and_little_waste",
    ),
}


def is_slow(test: str) -> bool:
    """Whether the test of that id is among them."""
    return any(test.startswith(beginning) for beginnings in SLOW.values() for beginning in beginnings)
