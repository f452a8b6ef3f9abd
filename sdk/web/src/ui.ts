// The classic script with what a person sees of it: the "why" of each slot,
// questions and what their answers changed.
import { begin } from './begin'
import { startQuestion } from './question'
import { startWhy } from './why'

const door = begin(true)
if (door) startWhy(window.aizuchi!, door)
if (door) startQuestion(window.aizuchi!, door)
