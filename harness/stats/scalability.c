#include "scalability.h"

#include <math.h>

enum { TERMS = 3 };

/* The sums of the normal equations: of the terms' products, and of each term's with what is fitted. */
struct normal {
    double products[TERMS][TERMS];
    double targets[TERMS];
    double target; /* of what is fitted with itself */
};

static bool scalability_is_usable(double concurrency, double throughput)
{
    return isfinite(concurrency) && isfinite(throughput) && concurrency >= 1 && throughput > 0;
}

static size_t scalability_count_levels(const double *concurrency, const double *throughput, size_t count)
{
    size_t levels = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_new = scalability_is_usable(concurrency[i], throughput[i]);
        for (size_t other = 0; other < i; other++)
            is_new = is_new && !(concurrency[other] == concurrency[i] &&
                                   scalability_is_usable(concurrency[other], throughput[other]));
        levels += is_new;
    }
    return levels;
}

/* Each equation is divided by N / X, so that what is fitted is 1, and what is left over a share. */
static void scalability_add(struct normal *normal, double concurrency, double throughput)
{
    double weight = throughput / concurrency;
    const double terms[TERMS] = {
        weight, weight * (concurrency - 1), weight * concurrency * (concurrency - 1)};

    for (size_t i = 0; i < TERMS; i++) {
        for (size_t j = 0; j < TERMS; j++)
            normal->products[i][j] += terms[i] * terms[j];
        normal->targets[i] += terms[i];
    }
    normal->target += 1;
}

/* Gauss' elimination among the terms that `is_used`; false: they don't determine a solution. */
static bool scalability_solve(const struct normal *normal, const bool *is_used, double *solution)
{
    double rows[TERMS][TERMS + 1];

    for (size_t i = 0; i < TERMS; i++) {
        for (size_t j = 0; j < TERMS; j++)
            rows[i][j] = is_used[i] && is_used[j] ? normal->products[i][j] : (double)(i == j);
        rows[i][TERMS] = is_used[i] ? normal->targets[i] : 0;
    }
    for (size_t i = 0; i < TERMS; i++) {
        /* The matrix is symmetric and positive definite, so that no row needs to be exchanged. */
        if (!(rows[i][i] > 1e-12 * normal->products[i][i]))
            return false;
        for (size_t below = i + 1; below < TERMS; below++) {
            double factor = rows[below][i] / rows[i][i];
            for (size_t j = i; j <= TERMS; j++)
                rows[below][j] -= factor * rows[i][j];
        }
    }
    for (size_t i = TERMS; i-- > 0;) {
        solution[i] = rows[i][TERMS];
        for (size_t j = i + 1; j < TERMS; j++)
            solution[i] -= rows[i][j] * solution[j];
        solution[i] /= rows[i][i];
    }
    return true;
}

/* The sum of the squares of what is left over. */
static double scalability_rest(const struct normal *normal, const double *solution)
{
    double rest = normal->target;

    for (size_t i = 0; i < TERMS; i++) {
        rest -= 2 * solution[i] * normal->targets[i];
        for (size_t j = 0; j < TERMS; j++)
            rest += solution[i] * solution[j] * normal->products[i][j];
    }
    return rest;
}

struct scalability scalability_fit(const double *concurrency, const double *throughput, size_t count)
{
    struct scalability best = {.lambda = NAN, .sigma = NAN, .kappa = NAN};
    struct normal normal = {.target = 0};
    double least = INFINITY;

    if (scalability_count_levels(concurrency, throughput, count) < SCALABILITY_LEVELS_MIN)
        return best;
    for (size_t i = 0; i < count; i++)
        if (scalability_is_usable(concurrency[i], throughput[i]))
            scalability_add(&normal, concurrency[i], throughput[i]);
    for (unsigned int choice = 0; choice < 4; choice++) {
        const bool is_used[TERMS] = {true, (choice & 1) != 0, (choice & 2) != 0};
        double solution[TERMS];
        if (!scalability_solve(&normal, is_used, solution) || solution[0] <= 0 || solution[1] < 0 ||
            solution[2] < 0 || !(scalability_rest(&normal, solution) < least))
            continue;
        least = scalability_rest(&normal, solution);
        best = (struct scalability){.lambda = 1 / solution[0],
            .sigma = solution[1] / solution[0],
            .kappa = solution[2] / solution[0]};
    }
    return best;
}

bool scalability_exists(const struct scalability *fit)
{
    return !isnan(fit->lambda);
}

double scalability_at(const struct scalability *fit, double concurrency)
{
    return fit->lambda * concurrency /
           (1 + fit->sigma * (concurrency - 1) + fit->kappa * concurrency * (concurrency - 1));
}

double scalability_peak(const struct scalability *fit)
{
    if (!scalability_exists(fit) || !(fit->kappa > 0))
        return NAN;
    return fmax(1, sqrt(fmax(0, 1 - fit->sigma) / fit->kappa));
}

bool scalability_describes(
    const struct scalability *fit, const double *concurrency, const double *throughput, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (throughput[i] > 0 &&
            !(fabs(throughput[i] / scalability_at(fit, concurrency[i]) - 1) <= SCALABILITY_OFF_MOST))
            return false;
    return scalability_exists(fit);
}
