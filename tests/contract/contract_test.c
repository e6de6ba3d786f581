/* The contract, for Criterion: each promise is a test, run for each strategy and each choice of its options.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

#define CONCURRENCY 6
#define SPEC_SIZE   128

struct spec {
    char text[SPEC_SIZE];
};

static struct criterion_test_params contract_parameters(void)
{
    struct buffer texts = {0};
    size_t count = contract_specs(&texts);
    struct spec *specs =
        cr_calloc(count, sizeof *specs); /* the test's process sees Criterion's memory only */
    const char *text = texts.bytes;

    if (count == 0)
        abort(); /* nothing would be tested, and nothing fail */
    for (size_t i = 0; i < count; i++, text += strlen(text) + 1)
        strncpy(specs[i].text, text, SPEC_SIZE - 1);
    buffer_release(&texts);
    return cr_make_param_array(struct spec, specs, count, NULL);
}

static void contract_test(contract_check *check, const char *promise, const char *spec)
{
    struct failure failure = {0};
    struct contract contract;

    /* Criterion marks its test processes so; the origin, this program again, is none. */
    (void)unsetenv("BXFI_MAP");
    cr_assert_eq(contract_open(&contract, CONCURRENCY, &failure), 0, "%s", failure.message);
    int result = check(&contract, spec, &failure);
    contract_close(&contract);
    cr_assert_eq(result, 0, "'%s' %s: %s", spec, promise, failure.message);
}

#define X(name)                                                                                              \
    ParameterizedTestParameters(contract, name)                                                              \
    {                                                                                                        \
        return contract_parameters();                                                                        \
    }                                                                                                        \
    ParameterizedTest(struct spec *spec, contract, name, .timeout = 120)                                     \
    {                                                                                                        \
        contract_test(contract_##name, #name, spec->text);                                                   \
    }
CONTRACT_CHECKS(X)
#undef X

int main(int argc, char **argv)
{
    int exit_code = 0;

    if (contract_play_origin(argc, argv, &exit_code))
        return exit_code;
    struct criterion_test_set *tests = criterion_initialize();
    if (criterion_handle_args(argc, argv, true))
        exit_code = criterion_run_all_tests(tests) ? 0 : 1;
    criterion_finalize(tests);
    return exit_code;
}
