// The classic script with what a person sees of it: the "why" of each slot.
import { begin } from './begin'
import { startDialogue } from './wanted'
import { startWhy } from './why'

const door = begin(true)
if (door) startWhy(window.aizuchi!, door)
if (door) startDialogue(window.aizuchi!, door)
