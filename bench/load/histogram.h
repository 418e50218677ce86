/*
 * A histogram of nanoseconds: exact below 256, then 128 buckets for each power of two, so that a
 * value is known within 0.8 %. Fixed memory, one increment per value.
 */
#pragma once
#include <stdint.h>

enum { SUB_BITS = 7, SUB = 1 << SUB_BITS, BUCKETS = (64 - SUB_BITS + 1) * SUB };

static uint64_t histogram[BUCKETS];
static uint64_t recorded;
static uint64_t slowest;

static void record(uint64_t value)
{
    int shift = value < 2 * SUB ? 0 : 63 - SUB_BITS - __builtin_clzll(value);
    histogram[(uint64_t)shift * SUB + (value >> shift)]++;
    recorded++;
    if (value > slowest)
        slowest = value;
}

/* The largest value that falls into the bucket in which this share of all values is reached. */
static double percentile_us(double share)
{
    uint64_t wanted = (uint64_t)(share * (double)recorded + 0.5), seen = 0;
    if (wanted < 1)
        wanted = 1;
    for (uint64_t i = 0; recorded && i < BUCKETS; i++) {
        seen += histogram[i];
        if (seen >= wanted) {
            int shift = i < 2 * SUB ? 0 : (int)(i / SUB) - 1;
            uint64_t last = ((i - (uint64_t)shift * SUB + 1) << shift) - 1;
            return (double)(last < slowest ? last : slowest) / 1000;
        }
    }
    return 0;
}
