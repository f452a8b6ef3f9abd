// A folder of mailings as rows with an outcome, one for each household and campaign: was one of its
// coupons redeemed? The files are those of Complete Journey (84.51°): campaigns.csv,
// campaign_descriptions.csv, coupons.csv, coupon_redemptions.csv, transactions.csv, and, where it
// is there, demographics.csv. What is known is what was known on the day the campaign began.
//
// Threads: none. Cost: a pass over each file, and a household's past for each of its rows.
#pragma once

#include <filesystem>

#include "serve/evaluate/outcome_rows.h"

namespace aizuchi::serve {

// Errors: not_found (a file), invalid (a row, a column).
ground::Result<OutcomeRows> read_mailings(const std::filesystem::path& folder);

}  // namespace aizuchi::serve
