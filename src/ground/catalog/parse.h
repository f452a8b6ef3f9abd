// One parser a part of the brand folder, called in this order: each may refer to the names that the
// ones before it declared. None of them stops at an error.
#pragma once

#include <span>

#include "ground/catalog/draft.h"

namespace aizuchi::ground::catalog {

void parse_files(Draft& draft);       // every YAML file into a tree; unknown files
void parse_brand(Draft& draft);       // brand.yaml
void parse_creed(Draft& draft);       // creed.yaml
void parse_voice(Draft& draft);       // voice.yaml
void parse_felt(Draft& draft);        // … `felt` in it, behind purposes.yaml
void parse_purposes(Draft& draft);    // purposes.yaml
void parse_contexts(Draft& draft);    // contexts.yaml: contexts, settings, norms
void parse_recipients(Draft& draft);  // recipients.yaml
void parse_sources(Draft& draft);     // sources.yaml
void parse_facts(Draft& draft);       // facts.yaml
void parse_events(Draft& draft);      // events.yaml, and the built-in ones
void parse_phases(Draft& draft);      // phases.yaml
void parse_concerns(Draft& draft);    // concerns.yaml, expectations.yaml
void parse_audiences(Draft& draft);   // audiences.yaml
void parse_population(Draft& draft);  // population.yaml
void parse_slots(Draft& draft);       // slots/*.yaml
void parse_items(Draft& draft);       // items/*.yaml
void parse_products(Draft& draft);    // products.csv, products.ndjson
void parse_questions(Draft& draft);   // questions.yaml
void parse_all(Draft& draft);         // all of the above, in that order
std::span<const std::string_view> product_columns();
// What slots and items say of each other: candidates, blocks, fallbacks.
void link_slots(Draft& draft);

}  // namespace aizuchi::ground::catalog
