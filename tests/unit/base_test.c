#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "failure.h"
#include "random.h"
#include "shared_memory.h"

Test(random, order_is_a_permutation_and_follows_the_seed)
{
    size_t order[50];
    size_t again[50];
    size_t other[50];
    int seen[50] = {0};

    random_order(&(struct random){7}, order, 50);
    random_order(&(struct random){7}, again, 50);
    random_order(&(struct random){8}, other, 50);
    for (size_t place = 0; place < 50; place++)
        seen[order[place]]++;
    for (size_t item = 0; item < 50; item++)
        cr_assert_eq(seen[item], 1, "item %zu appears %d times", item, seen[item]);
    cr_assert_arr_eq(order, again, sizeof order);
    cr_assert_arr_neq(order, other, sizeof order);
}

Test(random, every_order_of_three_is_about_equally_likely)
{
    struct random random = {1};
    int counts[27] = {0};

    for (int draw = 0; draw < 6000; draw++) {
        size_t order[3];
        random_order(&random, order, 3);
        counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    for (int code = 0; code < 27; code++)
        cr_assert(
            counts[code] == 0 || (counts[code] > 800 && counts[code] < 1200), "%d: %d", code, counts[code]);
}

/* The first outputs of the published reference for seed 1234567. */
Test(random, agrees_with_the_published_splitmix64)
{
    struct random random = {1234567};

    cr_assert_eq(random_next(&random), UINT64_C(6457827717110365317));
    cr_assert_eq(random_next(&random), UINT64_C(3203168211198807973));
}

Test(buffer, grows_and_keeps_what_was_appended)
{
    struct buffer buffer = {0};

    for (int i = 0; i < 1000; i++)
        buffer_printf(&buffer, "%03d,", i);
    buffer_append(&buffer, "", 1);
    cr_assert_not(buffer.out_of_memory);
    cr_assert_eq(buffer.size, 4001);
    cr_assert_eq(strncmp(buffer.bytes, "000,001,", 8), 0);
    cr_assert_str_eq(buffer.bytes + 3996, "999,");
    buffer_release(&buffer);
}

Test(shared_memory, is_zeroed_and_seen_by_a_second_mapping)
{
    struct shared_memory one = SHARED_MEMORY_NONE;
    struct shared_memory two = SHARED_MEMORY_NONE;
    struct failure failure;

    cr_assert_eq(shared_memory_create(&one, "test", 10000, &failure), 0);
    cr_assert_eq(((char *)one.bytes)[9999], 0);
    cr_assert_eq(shared_memory_map(&two, dup(one.fd), false, &failure), 0);
    ((char *)one.bytes)[9999] = 'x';
    cr_assert_eq(two.size, 10000);
    cr_assert_eq(((char *)two.bytes)[9999], 'x');
    shared_memory_release(&one);
    shared_memory_release(&two);
    cr_assert_eq(one.fd, -1);
}

Test(failure, keeps_code_and_message_and_says_minus_one)
{
    struct failure failure = {0};

    cr_assert_eq(failure_set(&failure, FAILURE_USAGE, "no file '%s'", "x"), -1);
    cr_assert_eq(failure.code, FAILURE_USAGE);
    cr_assert_str_eq(failure.message, "no file 'x'");
}
